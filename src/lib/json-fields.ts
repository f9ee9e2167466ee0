const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Fields whose names have an ending in common: the rarer it is in JSON, the sooner is known that there is none. */
export interface FieldNames {
  /** ASCII letters, which JSON has one spelling for. */
  readonly beginnings: readonly string[];
  readonly ending: string;
}

/**
 * What fields of a JSON object have that are strings, in the order in which they stand there, without parsing the
 * object: of 1,300 characters in 0.8 µs instead of 8. Fields of objects within it are not looked at.
 *
 * @param json an object as `JSON.stringify` writes it: no white space, no key twice
 */
export function stringFields(json: string, { beginnings, ending }: FieldNames): readonly string[] {
  const found: string[] = [];
  let walkedTo = 0;
  let depth = 0;
  for (let at = json.indexOf(ending); at >= 0; at = json.indexOf(ending, at + ending.length)) {
    const endAt = at + ending.length;
    if (!json.startsWith('":"', endAt)) continue;
    const keyAt = keyEndingAt(json, at, beginnings);
    if (keyAt === null) continue;
    depth += depthOf(json, walkedTo, keyAt);
    walkedTo = keyAt;
    if (depth === 1) found.push(stringAt(json, endAt + 2));
  }
  return found;
}

/**
 * Where a key begins that has one of these beginnings up to there; null where it is none, but in a string. There a quote
 * would be escaped, so one behind a comma or a brace opens a string, and one with a colon behind it closes a key.
 */
function keyEndingAt(json: string, at: number, beginnings: readonly string[]): number | null {
  for (const beginning of beginnings) {
    const keyAt = at - beginning.length - 1;
    const before = json.charCodeAt(keyAt - 1);
    const isKey = (before === COMMA || before === OPEN_BRACE) && json.charCodeAt(keyAt) === QUOTE;
    if (isKey && json.startsWith(beginning, keyAt + 1)) return keyAt;
  }
  return null;
}

/** How many objects and lists more are open at `to` than at `from`, both outside of strings. */
function depthOf(json: string, from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to; at++) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) at = closingQuote(json, at);
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) depth += 1;
    else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth -= 1;
  }
  return depth;
}

/** Where the string ends that begins here. */
function closingQuote(json: string, open: number): number {
  let at = open + 1;
  for (let char = json.charCodeAt(at); char !== QUOTE; char = json.charCodeAt(at)) at += char === BACKSLASH ? 2 : 1;
  return at;
}

function stringAt(json: string, at: number): string {
  const close = closingQuote(json, at);
  const inside = json.slice(at + 1, close);
  return inside.includes('\\') ? (JSON.parse(json.slice(at, close + 1)) as string) : inside;
}
