import { Document, isScalar, visit } from 'yaml';
import type { DestinationForm } from '../contract/destination-schema.ts';
import { type Path, pathText } from '../contract/problems.ts';
import { schemaBelow, type SettingSchema } from '../contract/setting-schema.ts';
import type { SourceForm } from '../contract/source-schema.ts';
import { isJsonObject } from '../lib/json-object.ts';
import { CONFIG_SCHEMA } from './settings.ts';
import { VariableNames } from './variable-names.ts';

/** A variable that an exported file refers to. */
export interface ExportedVariable {
  readonly name: string;
  /** Where the file does: `destinations[0].settings.sharedSecret`. */
  readonly path: string;
  readonly value: string;
}

export interface Exported {
  /** The whole file. The same sources and destinations give the same text. */
  readonly text: string;
  /** What has to be set when it is read; none where it holds its secrets. */
  readonly variables: readonly ExportedVariable[];
}

export interface ExportedForms {
  readonly sources: readonly SourceForm[];
  readonly destinations: readonly DestinationForm[];
}

/**
 * A configuration file that declares these sources and destinations. What looks like a reference in them is escaped.
 *
 * @param isOpen whether their secrets are written into it. Else a variable stands for each: for all that the schema
 *   calls a secret. URLs are whole in either
 */
export function exportText({ sources, destinations }: ExportedForms, isOpen: boolean): Exported {
  const variables: ExportedVariable[] = [];
  const names = new VariableNames();
  const written = {
    sources: sources.map((source, index) => writtenIn(source, ['sources', index], () => null)),
    destinations: destinations.map((destination, index) => {
      const path = ['destinations', index];
      return writtenIn(destination, path, (secret, place) => {
        if (isOpen) return null;
        const name = names.nameFor(destination, place.slice(path.length));
        variables.push({ name, path: pathText(place), value: secret });
        return name;
      });
    }),
  };
  return { text: textOf(written, introduction(isOpen, variables)), variables };
}

/** The name of the variable that stands for a secret; null where it is written out. */
type NameOf = (secret: string, path: Path) => string | null;

/** A source or a destination as the file has it: what is undefined is left out. */
function writtenIn(entry: SourceForm | DestinationForm, path: Path, nameOf: NameOf): unknown {
  const [list = ''] = path;
  const schema = schemaBelow(schemaBelow(CONFIG_SCHEMA, list), 0);
  return written(entry, path, schema, nameOf);
}

function written(value: unknown, path: Path, schema: SettingSchema | undefined, nameOf: NameOf): unknown {
  if (typeof value === 'string') {
    // A variable cannot be empty, and an empty text is no secret.
    const name = schema?.secret === 'all' && value !== '' ? nameOf(value, path) : null;
    return name === null ? value.replaceAll('${', () => '$${') : `\${${name}}`;
  }
  if (Array.isArray(value)) {
    return value.map((entry: unknown, index) => written(entry, [...path, index], schemaBelow(schema, index), nameOf));
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([, held]) => held !== undefined);
  return Object.fromEntries(
    entries.map(([key, held]) => [key, written(held, [...path, key], schemaBelow(schema, key), nameOf)]),
  );
}

function introduction(isOpen: boolean, variables: readonly ExportedVariable[]): readonly string[] {
  const first = 'Sources and destinations, as `sluice export` wrote them.';
  if (isOpen) return [first, 'Their secrets are in here: keep this file to yourself.'];
  if (variables.length === 0) return [first];
  const width = Math.max(...variables.map(({ name }) => name.length));
  return [
    first,
    'Their secrets are not in here. Set these environment variables to them:',
    '',
    ...variables.map(({ name, path }) => `  ${name.padEnd(width)}  ${path}`),
  ];
}

function textOf(values: object, comment: readonly string[]): string {
  const document = new Document(values, { aliasDuplicateObjects: false });
  visit(document, {
    // Lists of a few words stand on one line, and empty ones.
    Seq: (_key, list) => {
      list.flow = list.items.every(isScalar);
    },
    Map: (_key, map) => {
      map.flow = map.items.length === 0;
    },
  });
  document.commentBefore = comment.map((line) => (line === '' ? '' : ` ${line}`)).join('\n');
  // No line is folded, so that nothing changes about a text.
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
