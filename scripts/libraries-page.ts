import { LIBRARIES, type Library } from '../src/domain/setup-code.ts';
import { SOURCE_KINDS } from '../src/domain/source.ts';

const TARGET = { scheme: 'https', host: 'events.example.com', writeKey: 'wk_website' } as const;

const HEADINGS = { web: 'Web', mobile: 'Mobile and desktop', server: 'Servers' } as const;

/** The whole of `docs/libraries.md`. */
export function librariesPage(): string {
  const sections = SOURCE_KINDS.map((kind) => {
    const libraries = LIBRARIES.filter((library) => library.kind === kind);
    return `## ${HEADINGS[kind]}\n\n${libraries.map(section).join('\n\n')}`;
  });
  return `${INTRODUCTION}\n${sections.join('\n\n')}\n`;
}

const INTRODUCTION = `# Libraries

<!-- Written by scripts/write-docs.ts from src/domain/setup-code.ts. Change it there. -->

Segment's own libraries send to Sluice with nothing changed but the host. Here Sluice is at \`https://events.example.com\` and the source's write key is \`wk_website\`; \`sluice setup LIBRARY --url URL --write-key KEY\` prints the same for yours. How each was tried, and what it does that may surprise, is in [segment-compatibility.md](segment-compatibility.md#libraries).

Some libraries send over HTTPS alone. For those, put a reverse proxy with a certificate that the device trusts in front of Sluice, or give Sluice one of its own with \`http.tls\` ([HTTPS and reverse proxies](operating.md#https-and-reverse-proxies)).
`;

function section({ name, needsHttps, note, language, code }: Library): string {
  const remarks = [...(note === null ? [] : [note]), ...(needsHttps ? ['Sends over HTTPS alone.'] : [])];
  const paragraph = remarks.length === 0 ? '' : `${remarks.join(' ')}\n\n`;
  return `### ${name}\n\n${paragraph}\`\`\`${language}\n${code(TARGET)}\n\`\`\``;
}
