import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { declaredMax } from '../domain/limits.ts';
import type { Path } from '../contract/problems.ts';

/** A place in a file: line and column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A mistake in the YAML itself, before anybody asks what it means. */
export interface SyntaxMistake extends Place {
  readonly message: string;
}

/** A YAML file that remembers where everything stands. */
export interface YamlFile {
  readonly value: unknown;
  /** Where a value stands; for something that isn't there, where what should hold it stands. */
  placeOf(path: Path, at: 'key' | 'value'): Place;
}

const START: Place = { line: 1, column: 1 };

/**
 * How many values an anchor may stand for, its uses inside other anchors multiplied: enough for one that every
 * source and every destination uses, and far below what would exhaust memory (a "billion laughs").
 */
const aliasesMax = 2 * declaredMax;

/**
 * Reads YAML 1.2 with anchors, aliases and merge keys (`<<`). Keys are text and unique; a second document, an unknown
 * tag, an alias of nothing and the key `__proto__` are mistakes. An empty text is an empty mapping.
 */
export function readYaml(text: string): YamlFile | { readonly mistakes: readonly SyntaxMistake[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, merge: true });
  const mistakes = mistakesOf(document, lines);
  if (mistakes.length > 0) return { mistakes };
  const value = valueOf(document);
  if (value === TOO_MANY_ALIASES) return { mistakes: [TOO_MANY_ALIASES] };
  return { value: value ?? {}, placeOf: (path, at) => placeAt(lines, offsetOf(document, path, at)) };
}

function mistakesOf(document: Document, lines: LineCounter): readonly SyntaxMistake[] {
  const errors = [...document.errors, ...document.warnings];
  // Every open bracket would tell it again.
  if (errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) return [TOO_DEEP];
  if (errors.length > 0) return errors.map((error) => ({ ...placeAt(lines, error.pos[0]), message: inWords(error) }));
  return refusals(document).map(({ node, message }) => ({ ...placeAt(lines, offsetIn(node)), message }));
}

const TOO_DEEP: SyntaxMistake = { ...START, message: 'this is nested too deep' };
const TOO_MANY_ALIASES: SyntaxMistake = {
  ...START,
  message: `an anchor stands for more than ${aliasesMax} values through its aliases`,
};

/** The mistakes that the parser tells in its own terms. */
const IN_WORDS: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  BAD_DIRECTIVE: 'this is no directive of YAML; put text that begins with `%` in quotes',
  BAD_DQ_ESCAPE: 'this is no escape of YAML; write a backslash as `\\\\`, or use single quotes',
  DUPLICATE_KEY: 'this key is there twice',
  MULTIPLE_DOCS: 'a second document begins here; write all in one',
  NON_STRING_KEY: 'a key must be text',
  TAG_RESOLVE_FAILED: 'this tag is not known here; put text that begins with `!` in quotes',
};

function inWords({ code, message }: YAMLError): string {
  // What the parser found in another's place is quoted at the end of its message, and may be a secret.
  const told = code === 'UNEXPECTED_TOKEN' ? message.replace(/: .*$/s, '') : message;
  return IN_WORDS[code] ?? `this is not YAML: ${told}`;
}

function valueOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasesMax });
  } catch (error) {
    // Aliases of nothing were found before, so this is how the parser says that there are too many.
    if (error instanceof ReferenceError) return TOO_MANY_ALIASES;
    throw error;
  }
}

interface Refusal {
  readonly node: Node;
  readonly message: string;
}

/**
 * What the parser lets pass and we cannot: aliases of nothing, an anchor that contains itself (whoever walks its value
 * would never end), and a key that JavaScript keeps for itself.
 */
function refusals(document: Document): readonly Refusal[] {
  const anchors = new Set<string>();
  const found: Refusal[] = [];
  visit(document, {
    Node: (_key, node, ancestors) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.add(node.anchor);
      } else if (!anchors.has(node.source)) {
        found.push({ node, message: 'there is no anchor for this alias; put text that begins with `*` in quotes' });
      } else if (isInside(document, node, ancestors)) {
        found.push({ node, message: 'the anchor of this alias contains itself here' });
      }
    },
    Pair: (_key, { key }) => {
      if (isScalar(key) && key.value === '__proto__') found.push({ node: key, message: '`__proto__` cannot be a key' });
    },
  });
  return found;
}

/** Names are compared first: to resolve an alias takes a walk through the document. */
function isInside(document: Document, alias: Alias, ancestors: readonly unknown[]): boolean {
  const isNamed = ancestors.some((ancestor) => isCollection(ancestor) && ancestor.anchor === alias.source);
  return isNamed && ancestors.includes(alias.resolve(document));
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? START : { line, column: col };
}

function offsetOf(document: Document, path: Path, at: 'key' | 'value'): number {
  let node = resolved(document, document.contents);
  let offset = offsetIn(node);
  for (const [index, part] of path.entries()) {
    const isLast = index === path.length - 1;
    const { key, value } = childOf(document, node, part);
    if (key === null && value === null) return offset;
    node = resolved(document, value);
    offset = offsetIn(isLast && at === 'key' ? (key ?? value) : (value ?? key)) || offset;
  }
  return offset;
}

interface Child {
  readonly key: Node | null;
  readonly value: Node | null;
}

const NOTHING: Child = { key: null, value: null };

function childOf(document: Document, node: Node | null, part: PropertyKey): Child {
  if (isSeq(node)) {
    const entry = node.items[Number(part)];
    return isNode(entry) ? { key: null, value: entry } : NOTHING;
  }
  if (!isMap(node)) return NOTHING;
  const pair = pairOf(node, part) ?? mergedPairOf(document, node, part);
  if (pair === undefined) return NOTHING;
  return { key: isNode(pair.key) ? pair.key : null, value: isNode(pair.value) ? pair.value : null };
}

function pairOf(map: YAMLMap, key: PropertyKey): Pair | undefined {
  return map.items.find((pair) => isPair(pair) && isScalar(pair.key) && String(pair.key.value) === String(key));
}

/** The pair that a map has from `<<: *anchor`, or `<<: [*one, *two]`. */
function mergedPairOf(document: Document, map: YAMLMap, key: PropertyKey): Pair | undefined {
  const merge = pairOf(map, '<<')?.value;
  const merged = isNode(merge) ? resolved(document, merge) : null;
  const sources = isSeq(merged) ? merged.items.filter(isNode) : [merged];
  for (const source of sources) {
    const from = resolved(document, source);
    const pair = isMap(from) ? pairOf(from, key) : undefined;
    if (pair !== undefined) return pair;
  }
  return undefined;
}

function resolved(document: Document, node: Node | null): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : node;
}

function offsetIn(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}
