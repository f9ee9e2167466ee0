import fc from 'fast-check';

/**
 * JSON as text, in all the ways in which it can be written: what `JSON.stringify` would never make, since senders in
 * other languages do. Valid UTF-8, so a lone surrogate is always escaped.
 */

const NUMBERS = [
  ...['0', '-0', '-0.0', '-0e5', '1E5', '1e+5', '1.0', '0.1e-7', '1e400', '-1e400', '1e-400', '1e21', '1e20'],
  ...['9007199254740993', '123456789012345678901234567890', '0.1', '0.30000000000000004', '5e-324', '100e-2'],
];
const KEYS = [
  ...['__proto__', 'constructor', 'prototype', 'toJSON', 'toString', 'hasOwnProperty', 'valueOf', 'length', '$ref'],
  ...['', '0', '1', '2', '10', '01', '-1', '1.5', '4294967294', '4294967295', '9007199254740993', 'a', 'b', 'é', '😀'],
];
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** One character, or half of one, as text within quotes. */
const characters = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).map(rawOf) },
  { weight: 2, arbitrary: fc.nat(0xffff).map(unicodeEscapeOf) },
  { weight: 1, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }).map(unicodeEscapeOf) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\\"',
      '\\\\',
      '\\/',
      '\\b',
      '\\f',
      '\\n',
      '\\r',
      '\\t',
      '\\u0000',
      '\u2028',
      '\u2029',
      '\u007f',
    ),
  },
);
const strings = fc.oneof(
  { weight: 8, arbitrary: fc.array(characters, { maxLength: 12 }).map(quoted) },
  { weight: 1, arbitrary: characters.map((part) => quoted([part.repeat(300)])) },
);
const keys = fc.oneof(
  fc.constantFrom(...KEYS).map((key) => JSON.stringify(key)),
  // The same keys again, in another spelling: duplicates that differ as text.
  fc
    .constantFrom(...KEYS)
    .map((key) => quoted(Array.from({ length: key.length }, (_, at) => unicodeEscapeOf(key.charCodeAt(at))))),
  strings,
);
const digits = fc.stringMatching(/^(0|[1-9]\d{0,20})$/);
const numbers = fc.oneof(
  fc.constantFrom(...NUMBERS),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.stringMatching(/^(\.\d{1,20})?$/),
      fc.stringMatching(/^([eE][+-]?\d{1,3})?$/),
    )
    .map((parts) => parts.join('')),
);
const spaces = fc.constantFrom('', '', '', ' ', '\n', '\t\r\n ');

/** A type and not an interface, because fast-check asks for an index signature. */

type JsonTexts = { readonly value: string; readonly array: string; readonly object: string };

const { value, object } = fc.letrec<JsonTexts>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false'),
    numbers,
    strings,
    tie('array'),
    tie('object'),
  ),
  array: listed('[', tie('value'), ']'),
  object: listed(
    '{',
    fc.tuple(spaces, keys, spaces, spaces, tie('value')).map(([a, key, b, c, one]) => `${a}${key}${b}:${c}${one}`),
    '}',
  ),
}));

/** Any JSON value. */
export const jsonTexts: fc.Arbitrary<string> = value;

/** A JSON object, now and then a deep one: up to so many levels. */
export function jsonObjectTexts({ depthMax }: { readonly depthMax: number }): fc.Arbitrary<string> {
  const deep = fc
    .tuple(fc.integer({ min: 2, max: depthMax }), value, fc.boolean())
    .filter(([, inner]) => !/[[{]/.test(inner))
    .map(([depth, inner, isArray]) => {
      const [open, close] = isArray ? ['[', ']'] : ['{"__proto__":', '}'];
      return `{"deep":${open.repeat(depth - 1)}${inner}${close.repeat(depth - 1)}}`;
    });
  return fc.oneof({ weight: 9, arbitrary: object }, { weight: 1, arbitrary: deep });
}

function listed(open: string, entries: fc.Arbitrary<string>, close: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(entries, { maxLength: 5 }), spaces, spaces)
    .map(([texts, before, after]) => `${open}${before}${texts.join(',')}${after}${close}`);
}

function quoted(parts: readonly string[]): string {
  return `"${parts.join('')}"`;
}

/** A character as it is where JSON allows it. */
function rawOf(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  return character < ' ' ? (SHORT_ESCAPES[character] ?? unicodeEscapeOf(character.charCodeAt(0))) : character;
}

function unicodeEscapeOf(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
