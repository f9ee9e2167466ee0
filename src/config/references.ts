import { configFileBytesMax } from '../domain/limits.ts';
import { isJsonObject } from '../lib/json-object.ts';
import type { Environment } from './environment.ts';
import { type Path, pathText, type Problem } from '../contract/problems.ts';
import { scalarOf } from './scalar.ts';
import { schemaBelow, type SettingSchema } from '../contract/setting-schema.ts';
import { CONFIG_SCHEMA } from './settings.ts';
import { UnreadableFile } from './text-file.ts';

/** Where references lead. */
export interface Referred {
  readonly environment: Environment;
  /** The text of a file. @throws UnreadableFile */
  readonly file: (path: string) => string;
}

export interface Resolved {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** What the text at a path refers to, as it is spelled there, by `pathText`. */
  readonly spelled: ReadonlyMap<string, readonly string[]>;
}

/**
 * Puts what they refer to in place of all references in the texts of a configuration: `${NAME}` is an environment
 * variable, `${file:PATH}` the text of a file without its last line break, `$${` a literal `${`. What comes in is taken
 * as it is, and not searched for references again. A text that is nothing but one reference is a number or a boolean
 * where the schema wants one.
 *
 * What cannot be resolved stays as it is, with a problem at its path. Goes only as deep as the schema: what lies deeper
 * is a mistake already. With all that comes in written out, a file may have `configFileBytesMax` characters.
 */
export function resolveReferences(value: unknown, referred: Referred): Resolved {
  const resolver = new Resolver(referred);
  return { value: resolver.resolve(value, [], CONFIG_SCHEMA), problems: resolver.problems, spelled: resolver.spelled };
}

class Resolver {
  readonly problems: Problem[] = [];
  readonly spelled = new Map<string, readonly string[]>();
  readonly #referred: Referred;
  /** Read once, so that all that refer to a file see the same of it. */
  readonly #files = new Map<string, Found>();
  #charsLeft = configFileBytesMax;

  constructor(referred: Referred) {
    this.#referred = referred;
  }

  resolve(value: unknown, path: Path, schema: SettingSchema | undefined): unknown {
    if (schema === undefined) return value;
    if (typeof value === 'string') return value.includes('${') ? this.#text(value, path, schema) : value;
    if (Array.isArray(value)) {
      return value.map((entry: unknown, index) => this.resolve(entry, [...path, index], schemaBelow(schema, index)));
    }
    return isJsonObject(value) ? this.#mapping(value, path, schema) : value;
  }

  #mapping(mapping: Readonly<Record<string, unknown>>, path: Path, schema: SettingSchema): unknown {
    const entries = Object.entries(mapping).flatMap(([key, value]): [string, unknown][] => {
      const here = [...path, key];
      if (!key.includes('${')) return [[key, this.resolve(value, here, schemaBelow(schema, key))]];
      const message = 'a key cannot hold a reference (`${…}`); write the key itself';
      this.problems.push({ path: here, message, atKey: true });
      // What else is wrong with such a key goes without saying.
      return [];
    });
    return Object.fromEntries(entries);
  }

  #text(text: string, path: Path, schema: SettingSchema): unknown {
    const parts = partsOf(text);
    const found = parts.map((part) => (typeof part === 'string' ? { text: part } : this.#find(part)));
    const problems = found.flatMap((each) => ('problem' in each ? [{ path, message: each.problem }] : []));
    if (problems.length > 0) {
      this.problems.push(...problems);
      return text;
    }
    const references = parts.flatMap((part) => (typeof part === 'string' ? [] : [`\${${part.content}}`]));
    if (references.length > 0) this.spelled.set(pathText(path), references);
    const resolved = found.map((each) => ('text' in each ? each.text : '')).join('');
    const isWhole = parts.length === 1 && references.length === 1;
    return isWhole ? scalarOf(schema, resolved) : resolved;
  }

  #find({ content }: Reference): Found {
    if (content === null) return { problem: 'a reference (`${…`) has no end; close it with `}`, or write `$${`' };
    const found = content.startsWith('file:') ? this.#file(content.slice('file:'.length)) : this.#variable(content);
    if ('problem' in found) return found;
    this.#charsLeft -= found.text.length;
    if (this.#charsLeft >= 0) return found;
    return { problem: `with its references written out, the file is larger than ${configFileBytesMax} characters` };
  }

  #variable(name: string): Found {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      return {
        problem: 'this is no reference: `${NAME}` or `${file:PATH}`, without others in it; `$${` is a plain `${`',
      };
    }
    const { environment } = this.#referred;
    const text = Object.hasOwn(environment, name) ? (environment[name] ?? '') : '';
    if (text !== '') return { text };
    return {
      problem: `the environment variable ${name} is not set, or empty; set it, or write \`$\${\` for a plain \`\${\``,
    };
  }

  #file(path: string): Found {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const found = this.#read(path);
    this.#files.set(path, found);
    return found;
  }

  #read(path: string): Found {
    const named = `the file ${JSON.stringify(path)}`;
    try {
      const text = this.#referred.file(path).replace(/\r?\n$/, '');
      return text === '' ? { problem: `${named} is empty; write into it what belongs here` } : { text };
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      return { problem: `${named} cannot be read: ${error.message}` };
    }
  }
}

type Found = { readonly text: string } | { readonly problem: string };

interface Reference {
  /** What stands between the braces; null when it has no end. */
  readonly content: string | null;
}

/** The texts of which a text consists, with `$${` already made `${`, and the references between them. */
function partsOf(text: string): readonly (string | Reference)[] {
  const parts: (string | Reference)[] = [];
  let from = 0;
  for (const match of text.matchAll(/(?<escaped>\$\$\{)|\$\{(?:(?<content>[^}]*)\})?/g)) {
    if (match.index > from) parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    parts.push(match.groups?.['escaped'] === undefined ? { content: match.groups?.['content'] ?? null } : '${');
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}
