import fc from 'fast-check';
import { z } from 'zod';
import type { Operation } from '../../src/contract/operation.ts';
import { OPERATIONS, type OperationId } from '../../src/contract/operations.ts';
import { jsonTexts } from '../support/json-text.ts';

/** What is known of a Sluice, so that what is made up meets what is there. */
export interface Known {
  /** By the resource that they are of, as its path begins: `sources`, `destinations`, and so on. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** Write keys with the ids of their sources. */
  readonly writeKeys: readonly { readonly id: string; readonly key: string }[];
  /** Requests that bins hold, with the ids of these. */
  readonly binRequests: readonly { readonly id: string; readonly request: string }[];
  /** Ids of requests to a listener that wait for an answer. */
  readonly carried: readonly string[];
  /** API tokens themselves. */
  readonly tokens: readonly string[];
  /** `userId`s that are suppressed. */
  readonly people: readonly string[];
  readonly cursors: readonly string[];
  /** Settings of a destination that are taken: by its schema alone, few would be. */
  readonly settings: string;
  readonly urls: readonly string[];
}

export interface MadeUp {
  readonly id: OperationId;
  /** Below `/api/v1`. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** For what is counted by address. */
  readonly from: string | undefined;
}

type Schema = z.core.JSONSchema.BaseSchema;

const ODD_TEXTS = [
  ...['', ' ', '0', '-0', '-1', '1', '200', '201', '10000', '1e400', 'NaN', '9007199254740993', '1'.repeat(40)],
  ...['true', 'false', 'null', '__proto__', 'constructor', 'toString', '\0', 'a\0b', '\r\nX-A: b', '\u2028', '\ufeff'],
  ...[
    '\ud800',
    '\udc00x',
    '😀'.repeat(300),
    'é',
    '%',
    '%00',
    '%zz',
    "' or 1=1 --",
    '../..',
    '.',
    '..',
    '/',
    'a/b',
    '***',
  ],
  ...['2026-01-31T12:00:00Z', '+275760-09-13T00:00:00Z', '-271821-04-20T00:00:00Z', '9999-12-31T23:59:59+23:59', '1'],
  ...['0000-01-01', '2026-02-30', '1m', '9999d', '0h', '1d', '[]', '{}', 'x'.repeat(3_000), 'evt_', 'aud_0', 'ref_9'],
  ...['aud_999999999999999', 'rpl_0', 'dlv_0_0', 'dlv_1_9007199254740993', 'dlv_99999999999_1', 'ers_0', 'tok_x'],
];
/** As they stand in a URL, though nobody should write them so. */
const ODD_ESCAPES = [
  '%',
  '%zz',
  '%00',
  '%ff',
  '%c0%80',
  '%ed%a0%80',
  '%u0041',
  '+',
  '&',
  '&&',
  '=',
  '%2f',
  '%5c',
  ';',
  '//',
];

const oddTexts = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: 'binary', maxLength: 30 }));
const oddHeaders = fc.dictionary(
  fc.constantFrom('cookie', 'last-event-id', 'content-type', 'x-csrf-token', 'origin', 'content-encoding', 'if-match'),
  fc.constantFrom(
    ...['sluice_session=', `sluice_session=${'A'.repeat(43)}`, `__Host-sluice_session=${'='.repeat(50)};;=;`, 'null'],
    ...['0.0', '1-1', '-1', '9'.repeat(30), 'gzip', 'application/json; charset=utf-16', 'http://[', 'text/plain', ','],
  ),
  { maxKeys: 2 },
);

/** A request for any operation: as its contract says it, or nearly. */
export function arbitraryRequests(known: Known): fc.Arbitrary<MadeUp> {
  return fc.oneof(...(Object.keys(OPERATIONS) as OperationId[]).map((id) => requestsFor(id, known)));
}

function requestsFor(id: OperationId, known: Known): fc.Arbitrary<MadeUp> {
  const { path, query, body, form, isPatch }: Operation = OPERATIONS[id];
  return fc
    .record({
      params: paramsOf(path, known),
      query: query === undefined ? oddQueries : queriesOf(query, known),
      headers: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, oddHeaders),
      body: body === undefined ? fc.constant(undefined) : bodiesOf(form ?? body, known, isPatch === true),
      address: fc.nat(60_000),
    })
    .map(({ params: parts, query: text, headers, body: sent, address }) => {
      let next = 0;
      const bare = path.replaceAll(/\{\w+\}/g, () => parts[next++] ?? '');
      const from = `127.3.${address >> 8}.${(address % 254) + 1}`;
      return { id, target: bare + text, headers, body: sent, from: id === 'beginSession' ? from : undefined };
    });
}

/** Mostly of the resource that the path is of. */
function paramsOf(path: string, known: Known): fc.Arbitrary<readonly string[]> {
  const ids = fc.constantFrom(...(known.ids[path.split('/', 2)[1] ?? ''] ?? anyIdOf(known)));
  const right = path.includes('{key}')
    ? fc.constantFrom(...known.writeKeys).map(({ id, key }) => [escaped(id), escaped(key)])
    : path.includes('{request}')
      ? fc.constantFrom(...known.binRequests).map(({ id, request }) => [escaped(id), escaped(request)])
      : ids.map((id) => [escaped(id)]);
  const others = fc.oneof(fc.constantFrom(...anyIdOf(known)).map(escaped), oddParts);
  return fc.oneof({ weight: 8, arbitrary: right }, { weight: 2, arbitrary: fc.tuple(others, others) });
}

function anyIdOf({ ids, writeKeys }: Known): readonly string[] {
  return [...Object.values(ids).flat(), ...writeKeys.map(({ key }) => key), 'u1', 'none'];
}

/** One part of a path, or of a query. */
const oddParts = fc.oneof(oddTexts.map(escaped), fc.constantFrom(...ODD_ESCAPES));
const oddQueries = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  oddParts.map((part) => `?${part}=${part}`),
);

function queriesOf(schema: z.ZodObject, known: Known): fc.Arbitrary<string> {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const pair = fc.oneof(
    ...Object.entries(properties).map(([name, each]) =>
      fc.oneof(
        { weight: 4, arbitrary: valuesOf(name, each as Schema, known).map((text) => `${name}=${escaped(text)}`) },
        oddParts.map((part) => `${name}=${part}`),
      ),
    ),
  );
  const odd = fc.tuple(oddParts, oddParts).map(([name, value]) => `${name}=${value}`);
  const pairs = fc.array(fc.oneof({ weight: 12, arbitrary: pair }, odd), { maxLength: 4 });
  // Mostly each once: what is there twice is refused before anything else is looked at.
  const once = pairs.map((all) => [...new Map(all.map((each) => [each.split('=', 1)[0], each])).values()]);
  return fc.oneof({ weight: 6, arbitrary: once }, pairs).map((all) => (all.length === 0 ? '' : `?${all.join('&')}`));
}

function valuesOf(name: string, schema: Schema, known: Known): fc.Arbitrary<string> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum.map(String));
  if (name === 'cursor') return fc.constantFrom(...known.cursors);
  if (name === 'limit') return fc.nat(12).map(String);
  if (name === 'step') return fc.constantFrom('1m', '1h', '3d');
  if (schema.format === 'date-time')
    return fc.constantFrom(...ODD_TEXTS.filter((text) => /^[+-]?\d{4,6}-\d\d-/.test(text)));
  if (name === 'userId') return fc.constantFrom(...known.people);
  return fc.oneof(fc.constantFrom(...idsFor(name, known), ...known.urls), oddTexts);
}

/** What a field of this name may have. */
function idsFor(name: string, known: Known): readonly string[] {
  if (name === 'sources' || name === 'source') return known.ids['sources'] ?? [];
  if (name === 'destination') return known.ids['destinations'] ?? [];
  if (name === 'token') return known.tokens;
  return name === 'userId' ? known.people : anyIdOf(known);
}

function bodiesOf(schema: z.ZodType, known: Known, isPatch: boolean): fc.Arbitrary<string | undefined> {
  const { $defs = {}, ...complete } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const whole = isPatch ? patchOf(complete) : complete;
  const within = { known, defs: $defs };
  return fc.oneof(
    { weight: 10, arbitrary: textsOf(whole, { ...within, isRight: true }) },
    { weight: 6, arbitrary: textsOf(whole, { ...within, isRight: false }) },
    { weight: 2, arbitrary: jsonTexts },
    fc.constantFrom(undefined, '', '{', '[[]]', '\ufeff{}', '{}{}', '\0', '{"a":01}', "{'a':1}"),
    fc.constantFrom(100, 1_001, 50_000).map((depth) => `${'{"settings":'.repeat(depth)}1${'}'.repeat(depth)}`),
    fc.constantFrom(300_000, 1_048_560, 1_500_000).map((length) => `{"name":"${'x'.repeat(length)}"}`),
  );
}

/** Whatever changes. Which thing it is stands in the path. */
function patchOf({ properties = {}, ...schema }: Schema): Schema {
  const changeable = Object.entries(properties).filter(([name]) => name !== 'id');
  return { ...schema, properties: Object.fromEntries(changeable), required: [] };
}

interface Within {
  readonly known: Known;
  readonly defs: Readonly<Record<string, Schema>>;
  /** Whether it is as its schema says at every place. */
  readonly isRight: boolean;
  /** The key that it stands at. */
  readonly key?: string;
}

/** JSON texts that a schema takes, with something else at a place now and then unless it is to be right. */
function textsOf(schema: Schema, within: Within): fc.Arbitrary<string> {
  if (within.isRight) return rightTextsOf(schema, within);
  return fc.oneof({ weight: 24, arbitrary: rightTextsOf(schema, within) }, jsonTexts, oddTexts.map(quoted));
}

function rightTextsOf(schema: Schema, within: Within): fc.Arbitrary<string> {
  const { known, defs, key = '' } = within;
  if (schema.$ref !== undefined) return textsOf(defs[schema.$ref.split('/').at(-1) ?? ''] ?? {}, within);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => textsOf(each, within)));
  if (key === 'settings' && within.isRight) return fc.oneof(fc.constant(known.settings), objectsOf(schema, within));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum.map((each) => JSON.stringify(each)));
  if (schema.const !== undefined) return fc.constant(JSON.stringify(schema.const));
  switch (schema.type) {
    case 'object':
      return objectsOf(schema, within);
    case 'array': {
      const entries = fc.array(textsOf(schema.items as Schema, within), {
        minLength: schema.minItems ?? 0,
        maxLength: 3,
      });
      return entries.map((texts) => `[${texts.join(',')}]`);
    }
    case 'string':
      return stringsOf(key, schema, known).map(quoted);
    case 'number':
    case 'integer':
      return numbersOf(schema).map(String);
    case 'boolean':
      return fc.constantFrom('true', 'false');
    case 'null':
      return fc.constant('null');
    case undefined:
      break;
  }
  return jsonTexts;
}

/** What must be there, and a few of what may. */
function objectsOf(
  { properties = {}, required = [], additionalProperties }: Schema,
  within: Within,
): fc.Arbitrary<string> {
  const entryOf = (key: string, schema: Schema): fc.Arbitrary<string> =>
    textsOf(schema, { ...within, key }).map((text) => `${JSON.stringify(key)}:${text}`);
  const keys = Object.keys(properties);
  const always = fc.tuple(...required.map((key) => entryOf(key, properties[key] as Schema)));
  const mayBe = keys.filter((key) => !required.includes(key)).map((key) => entryOf(key, properties[key] as Schema));
  const others = typeof additionalProperties === 'object' ? additionalProperties : null;
  const more = others === null ? [] : ['X-A', 'authorization', 'é', '__proto__'].map((key) => entryOf(key, others));
  const odd = fc.tuple(oddTexts, jsonTexts).map(([key, text]) => `${quoted(key)}:${text}`);
  const some = [...mayBe, ...more].map((arbitrary) => ({ weight: 8, arbitrary }));
  const any = within.isRight ? some : [...some, { weight: 1, arbitrary: odd }];
  const maxLength = within.isRight ? 2 : some.length === 0 ? 1 : 4;
  const sometimes = any.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...any), { maxLength });
  return fc.tuple(always, sometimes).map((texts) => `{${texts.flat().join(',')}}`);
}

function stringsOf(key: string, schema: Schema, known: Known): fc.Arbitrary<string> {
  if (key === 'id') return fc.constantFrom(...known.carried);
  if (/url$/i.test(key) || key === 'endpoint') return fc.constantFrom(...known.urls);
  if (['sources', 'destination', 'source', 'ids', 'token', 'userId'].includes(key))
    return fc.constantFrom(...idsFor(key, known));
  if (schema.pattern !== undefined)
    return fc.stringMatching(new RegExp(schema.pattern)).filter(({ length }) => length < 100);
  return fc.string({
    unit: 'binary',
    minLength: schema.minLength ?? 0,
    maxLength: Math.min(schema.maxLength ?? 20, 20),
  });
}

function numbersOf({ minimum = -1, maximum = 2 ** 53 }: Schema): fc.Arbitrary<number> {
  return fc.oneof(
    fc.constantFrom(minimum, maximum, minimum + 1),
    fc.integer({ min: Math.ceil(minimum), max: Math.min(maximum, Math.ceil(minimum) + 10) }),
  );
}

/** Half a character is escaped. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** As in a URL; half a character as the bytes that it would have. */
function escaped(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : `%ED%A0%80${encodeURIComponent(text.toWellFormed())}`;
}
