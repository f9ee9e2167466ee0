import { type z } from 'zod';
import { knownKeys } from './known-keys.ts';
import { nearest } from './nearest.ts';

export type Path = readonly PropertyKey[];

/** A mistake at a place of what was said: the file, the body of a request. */
export interface Problem {
  readonly path: Path;
  /** Says what must be, or what is wrong, and the way out. Never holds a value: it may be a secret. */
  readonly message: string;
  /** It is about the key at the end of `path`, and not about its value. */
  readonly atKey?: boolean;
}

/** What is read: some mistakes are a matter of how YAML reads what nobody put in quotes. */
export type Written = 'YAML' | 'JSON';

/** What a schema found, in plain words. An issue about several keys becomes several problems. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
  written: Written,
): readonly Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue, knownKeys(schema, issue.path));
    return [{ path: issue.path, message: messageOf(issue, written) }];
  });
}

/** `destinations[0].settings.webhookUrl`; keys that are no plain words are quoted, which escapes what they hold. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const key = String(part);
    if (!/^[\w-]+$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, known: readonly string[]): Problem[] {
  return issue.keys.map((key) => {
    const meant = nearest(key, known);
    const wayOut =
      meant === null ? `known here: ${known.map((name) => `\`${name}\``).join(', ')}` : `did you mean \`${meant}\`?`;
    return { path: [...issue.path, key], message: `unknown key ${quoted(key)}; ${wayOut}`, atKey: true };
  });
}

function quoted(key: string): string {
  return /^[\x20-\x7e]{1,64}$/.test(key) ? `\`${key}\`` : JSON.stringify(key.slice(0, 64));
}

function messageOf(issue: Exclude<z.core.$ZodIssue, z.core.$ZodIssueUnrecognizedKeys>, written: Written): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongKind(issue.expected, issue.input, written);
    case 'too_small':
      return isAboutNumbers(issue) ? `must be at least ${issue.minimum}` : issue.message;
    case 'too_big':
      return isAboutNumbers(issue) ? `must be at most ${issue.maximum}` : issue.message;
    case 'invalid_value':
      return oneOf(issue.values.map(String), issue.input);
    case 'custom':
    case 'invalid_format':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      return issue.message;
  }
}

function isAboutNumbers({ origin }: { readonly origin: string }): boolean {
  return origin === 'number' || origin === 'int';
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: '`true` or `false`',
  array: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of keys to values',
};

const JSON_KINDS: Readonly<Record<string, string>> = { object: 'a JSON object', record: 'a JSON object' };

function wrongKind(expected: string, input: unknown, written: Written): string {
  if (input === undefined) return 'is missing';
  if (written === 'JSON') return `must be ${JSON_KINDS[expected] ?? KINDS[expected] ?? expected}`;
  if (input === null) return 'has no value; give it one, or remove the key';
  return `must be ${KINDS[expected] ?? expected}${wayOutInYaml(expected, input)}`;
}

/** YAML decides by its look what a value is, so most of these are a matter of quotes. */
function wayOutInYaml(expected: string, input: unknown): string {
  if (expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')) {
    return `, and YAML reads this as a ${typeof input}; put it in quotes`;
  }
  if ((expected === 'number' || expected === 'int') && typeof input === 'string' && input.trim() !== '') {
    return Number.isFinite(Number(input)) ? '; write it without quotes' : '';
  }
  return expected === 'array' ? ': write each entry on a line of its own after `- `' : '';
}

function oneOf(allowed: readonly string[], input: unknown): string {
  const meant = typeof input === 'string' ? nearest(input, allowed) : null;
  const list = allowed.map((value) => `\`${value}\``).join(', ');
  if (input === undefined) return `is missing; it is one of ${list}`;
  if (allowed.length === 1) return `must be ${list}`;
  return `must be one of ${list}${meant === null ? '' : `; did you mean \`${meant}\`?`}`;
}
