/** How the reference pages look: light or dark as the reader has it, a list of contents beside the text where there is room. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d9dee5, #333a44); --dim: light-dark(#5b6673, #9aa5b1); --code: light-dark(#f3f5f8, #1d232b); }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; background: light-dark(#fff, #14181d); color: light-dark(#1a2129, #e4e8ed); }
main { max-width: 52rem; padding: 1.5rem; margin: 0 auto; }
nav { padding: 1.5rem; font-size: .875rem; border-bottom: 1px solid var(--line); }
nav ul { list-style: none; padding: 0; margin: 0; }
nav > ul > li { margin-bottom: .9rem; font-weight: 600; }
nav ul ul { font-weight: 400; padding-left: .5rem; }
a { color: light-dark(#0a58b5, #79b5ff); text-underline-offset: .15em; }
h1 { font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin-top: 3rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { margin: 2.2rem 0 .4rem; font-size: 1.05rem; }
code { font: .875em ui-monospace, monospace; background: var(--code); padding: .1em .3em; border-radius: .25em; overflow-wrap: anywhere; }
pre { background: var(--code); padding: .75rem 1rem; border-radius: .4rem; overflow-x: auto; }
pre code { padding: 0; overflow-wrap: normal; }
blockquote { margin: 1rem 0; padding: .6rem 1rem; border-left: .25rem solid var(--line); }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--line); padding: .35rem .6rem .35rem 0; vertical-align: top; }
.call b { font: 600 .8rem ui-monospace, monospace; padding: .15rem .45rem; border-radius: .25rem; color: #fff; background: #5b6673; }
.call .get { background: #1f6f43; } .call .post { background: #0a58b5; } .call .patch { background: #8a5a00; } .call .delete { background: #a42424; }
.call span, i { color: var(--dim); font-size: .875rem; font-style: normal; }
.fields { padding-left: 1.1rem; border-left: 1px solid var(--line); list-style: none; }
.fields li { margin: .3rem 0; }
@media (min-width: 64rem) {
  nav { position: fixed; inset: 0 auto 0 0; width: 18rem; overflow-y: auto; border: 0; border-right: 1px solid var(--line); box-sizing: border-box; }
  nav + main { margin-left: 20rem; }
}
`;
