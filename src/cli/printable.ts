/**
 * Text from outside, safe to print: what could move a terminal's cursor, hide or reverse text (control and format
 * characters, lone surrogates, line and paragraph separators) is written as its code point, and what is long is cut.
 *
 * @param charsMax in UTF-16 units, before escaping
 */
export function printable(text: string, charsMax = 60): string {
  const kept = text.length <= charsMax ? text : `${text.slice(0, charsMax - 1).replace(/[\ud800-\udbff]$/, '')}…`;
  return kept.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** What paints a text, of all that can be told a terminal. */
const PAINT = /^\u001b\[\d{1,2}m$/;

/**
 * A line that is about to be printed, colours included, with nothing else left that could do something to a terminal. Texts
 * of others went through `printable` before; this is for what nobody thought of, such as a word that Sluice chooses by
 * itself, and somebody else may send in its place.
 */
export function harmless(line: string): string {
  return line.replaceAll(/\u001b\[\d{1,2}m|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) =>
    PAINT.test(found) || found === '\t' ? found : escaped(found),
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

/** How long ago a time was, or how soon it will be: `3 min ago`, `in 5 s`. Exactly, it is in `--json`. */
export function agoText(at: string, nowMs = Date.now()): string {
  const sinceMs = nowMs - Date.parse(at);
  if (Number.isNaN(sinceMs)) return '';
  if (Math.abs(sinceMs) < 1_000) return 'just now';
  const days = Math.round(Math.abs(sinceMs) / 86_400_000);
  const span = days > 2 ? `${days} d` : durationText(Math.abs(sinceMs));
  return sinceMs >= 0 ? `${span} ago` : `in ${span}`;
}

/** `1,234,567`, whatever the machine's language is. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 source`, `2,000 sources`. */
export function counted(count: number, noun: string, many = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : many}`;
}
