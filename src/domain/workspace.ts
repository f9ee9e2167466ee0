import type { Destination } from './destination.ts';
import type { Source } from './source.ts';

/**
 * All sources and destinations of one installation at one version. Never changes: a change makes a new one, so that
 * whoever holds one sees a consistent whole without waiting.
 */
export interface Workspace {
  /** Rises by one with each change; 0 is empty. */
  readonly version: number;
  readonly sources: readonly Source[];
  readonly destinations: readonly Destination[];
  /** Every write key of every source, disabled ones included: those are refused with their own reason. */
  readonly sourceByWriteKey: ReadonlyMap<string, Source>;
}

export function makeWorkspace(
  version: number,
  sources: readonly Source[],
  destinations: readonly Destination[],
): Workspace {
  const sourceByWriteKey = new Map(sources.flatMap((source) => source.writeKeys.map((key) => [key, source] as const)));
  return { version, sources, destinations, sourceByWriteKey };
}

/** Two names are one when this is the same of them: people don't tell `CRM` from `crm`, and Unicode spells é in two ways. */
export function sameNameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
