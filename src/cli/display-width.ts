const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What terminals show two cells wide: East Asian wide and fullwidth forms (Unicode TR 11), and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const ASCII = /^[\x20-\x7e]*$/;

/** How many cells of a terminal a text takes that has gone through `printable`. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return Array.from(graphemes.segment(text)).reduce((width, { segment }) => width + widthOf(segment), 0);
}

/** The text, or as much of its beginning as fits, and `…`. */
export function fitted(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let left = width - 1;
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return width < 1 ? '' : `${kept}…`;
}

/** Followed by blanks up to a width. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

function widthOf(grapheme: string): number {
  return WIDE.test(grapheme) ? 2 : 1;
}
