/**
 * Text from outside, safe to print: what could move a terminal's cursor, hide or reverse text (control and format
 * characters, lone surrogates, line and paragraph separators) is written as its code point, and what is long is cut.
 *
 * @param charsMax in UTF-16 units, before escaping
 */
export function printable(text: string, charsMax = 60): string {
  const kept = text.length <= charsMax ? text : `${text.slice(0, charsMax - 1).replace(/[\ud800-\udbff]$/, '')}…`;
  return kept.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** `09:05:03.007`, local time. */
export function clockTime(atMs: number): string {
  const at = new Date(atMs);
  const [hours, minutes, seconds] = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => padded(part, 2));
  return `${hours}:${minutes}:${seconds}.${padded(at.getMilliseconds(), 3)}`;
}

/** A duration as people say it: `12 ms`, `1.5 s`, `20 min`, `6 h`. */
export function durationText(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, '0');
}
