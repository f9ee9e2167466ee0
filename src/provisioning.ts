/** What `sluice config diff` and `sluice export` do with a data folder, beside a running Sluice or without one. */
import { DESTINATION_SCHEMA, destinationFormOf, wholeDestinationFormOf } from './contract/destination-form.ts';
import { type FieldChange, fieldChanges } from './contract/form-difference.ts';
import type { SettingSchema } from './contract/setting-schema.ts';
import { SOURCE_SCHEMA, sourceFormOf, wholeSourceFormOf } from './contract/source-form.ts';
import type { Config } from './config/schema.ts';
import { type Exported, exportText } from './config/export-text.ts';
import type { Origin } from './domain/origin.ts';
import { makeWorkspace } from './domain/workspace.ts';
import { readWorkspace } from './secrets.ts';
import { declarationOf, type Touched } from './workspace/declaration.ts';

/** What becomes of a source or a destination. `adopt`: it is taken over from operators. */
export const FORESEEN = ['add', 'change', 'remove', 'adopt', 'disconnect'] as const;

/** What becomes of one of them. */
export interface Foreseen {
  readonly id: string;
  readonly name: string;
  readonly change: (typeof FORESEEN)[number];
  /** Of what is there and stays; none of what is new, or goes. */
  readonly fields: readonly FieldChange[];
}

/** What the next start or SIGHUP would make of a data folder. */
export interface ForeseenDeclaration {
  readonly sources: readonly Foreseen[];
  readonly destinations: readonly Foreseen[];
  /** How many of operators stay as they are. */
  readonly untouched: { readonly sources: number; readonly destinations: number };
  /** There is no workspace yet: the next start is the first one. */
  readonly isNew: boolean;
}

/** @throws SluiceError `declaration_clash`, and as `readWorkspace` */
export function foreseeDeclaration(config: Config): ForeseenDeclaration {
  const stored = readWorkspace(config);
  const current = stored ?? makeWorkspace(0, [], []);
  // When a rotation ends is not told.
  const { changes, change } = declarationOf(current, config, 0);
  return {
    sources: foreseenOf(changes.sources, [], {
      before: current.sources,
      after: change?.putSources ?? [],
      ...{ formOf: wholeSourceFormOf, schema: SOURCE_SCHEMA },
    }),
    destinations: foreseenOf(changes.destinations, changes.disconnected, {
      before: current.destinations,
      after: change?.putDestinations ?? [],
      ...{ formOf: wholeDestinationFormOf, schema: DESTINATION_SCHEMA },
    }),
    untouched: {
      sources: untouchedOf(current.sources, changes.sources.adopted),
      destinations: untouchedOf(current.destinations, [...changes.destinations.adopted, ...changes.disconnected]),
    },
    isNew: stored === null,
  };
}

interface Item {
  readonly id: string;
  readonly name: string;
  readonly origin: Origin;
}

interface Compared<Each extends Item> {
  readonly before: readonly Each[];
  readonly after: readonly Each[];
  readonly formOf: (item: Each) => unknown;
  readonly schema: SettingSchema;
}

function foreseenOf<Each extends Item>(
  { added, changed, removed, adopted }: Touched,
  disconnected: readonly string[],
  { before, after, formOf, schema }: Compared<Each>,
): readonly Foreseen[] {
  const [old, fresh] = [before, after].map((list) => new Map(list.map((each) => [each.id, each] as const)));
  const told = (ids: readonly string[], change: Foreseen['change']): readonly Foreseen[] =>
    ids.flatMap((id) => {
      const [was, is] = [old?.get(id), fresh?.get(id)];
      const fields = was === undefined || is === undefined ? [] : fieldChanges(formOf(was), formOf(is), schema);
      const name = (is ?? was)?.name;
      return name === undefined ? [] : [{ id, name, change, fields }];
    });
  return [
    ...told(added, 'add'),
    ...told(changed, 'change'),
    ...told(adopted, 'adopt'),
    ...told(disconnected, 'disconnect'),
    ...told(removed, 'remove'),
  ];
}

function untouchedOf(current: readonly Item[], touched: readonly string[]): number {
  return current.filter(({ origin }) => origin === 'api').length - touched.length;
}

export interface ExportedWorkspace extends Exported {
  readonly sources: number;
  readonly destinations: number;
  /** Ids of destinations whose secret is being rotated: the file has the new one alone. */
  readonly rotating: readonly string[];
}

/**
 * The workspace of a data folder as a configuration file; null where there is no workspace.
 *
 * @param asked.origin what is not of it is left out; null leaves out nothing
 * @throws SluiceError as `readWorkspace`
 */
export function exportWorkspace(
  config: Config,
  asked: { readonly origin: Origin | null; readonly isOpen: boolean },
): ExportedWorkspace | null {
  const workspace = readWorkspace(config);
  if (workspace === null) return null;
  const isWanted = ({ origin }: Item): boolean => asked.origin === null || origin === asked.origin;
  const sources = workspace.sources.filter(isWanted);
  const destinations = workspace.destinations.filter(isWanted);
  const forms = { sources: sources.map(sourceFormOf), destinations: destinations.map(destinationFormOf) };
  return {
    ...exportText(forms, asked.isOpen),
    sources: sources.length,
    destinations: destinations.length,
    rotating: destinations.filter(({ nextSecret }) => nextSecret !== null).map(({ id }) => id),
  };
}

export type { FieldChange };
