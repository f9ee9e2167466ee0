import { z } from 'zod';
import type { Origin } from '../domain/origin.ts';
import type { Source } from '../domain/source.ts';
import type { SettingSchema } from './setting-schema.ts';
import { type SaidSource, type SourceForm, sourceSchema } from './source-schema.ts';
import { withoutDefaults } from './without-defaults.ts';

const SCHEMA = z.toJSONSchema(sourceSchema, { io: 'input' }) as SettingSchema;

/** The source that somebody said. */
export function sourceOf({ id, name, enabled, writeKeys, kind, connectionMode }: SaidSource, origin: Origin): Source {
  const named = writeKeys.flatMap((each) =>
    typeof each === 'string' || each.name === undefined ? [] : [[each.key, each.name] as const],
  );
  return {
    id,
    name: name ?? id,
    enabled,
    writeKeys: writeKeys.map(keyOf),
    keyNames: Object.fromEntries(named),
    kind: kind ?? null,
    connectionMode,
    origin,
  };
}

/** The key itself, with a name or without. */
export function keyOf(said: SaidSource['writeKeys'][number]): string {
  return typeof said === 'string' ? said : said.key;
}

/** How file and management API say a source, complete. `sourceOf` makes the same of it again. */
export function wholeSourceFormOf({
  id,
  name,
  enabled,
  writeKeys,
  keyNames,
  kind,
  connectionMode,
}: Source): SourceForm {
  return {
    ...{ id, name, enabled },
    writeKeys: writeKeys.map((key) => {
      const keyName = Object.hasOwn(keyNames, key) ? keyNames[key] : undefined;
      return keyName === undefined ? key : { key, name: keyName };
    }),
    ...(kind === null ? {} : { kind }),
    connectionMode,
  };
}

/** The same as somebody would write it, without what goes without saying. */
export function sourceFormOf(source: Source): SourceForm {
  const { id, name, ...rest } = wholeSourceFormOf(source);
  return withoutDefaults(SCHEMA, { id, ...(name === id ? {} : { name }), ...rest }) as SourceForm;
}
