import type { JsonObject } from '../lib/json-object.ts';

/** A change that somebody is about to have noted. */
export interface NewAuditEntry {
  readonly atMs: number;
  /** Who: `token <name>`, `session of <token name>`, `configuration file`, `secret rotation` and the like. */
  readonly by: string;
  /** What became of what: `destination.update`; `….failed` of what was begun and failed. */
  readonly action: `${string}.${string}`;
  /** The id of what was changed. Never of a person: an erasure would not find it here. */
  readonly subject: string;
  /** What it was, secrets masked; null when it is new, or when there is nothing to tell. */
  readonly before: JsonObject | null;
  /** What it is, secrets masked; null when it is gone, or when there is nothing to tell. */
  readonly after: JsonObject | null;
  /** The version of the workspace that has the change first; null for what is no part of the workspace. */
  readonly version: number | null;
}

/**
 * Has something done that is no change of the workspace, whose entries are written with it: of this the entry is on disk
 * before it is begun, so that whatever was done has one. When the entry cannot be written, nothing is done. Of what fails
 * then another entry follows; what a kill cut off has the first one alone.
 *
 * What can be refused is refused before: an entry is of what was begun.
 */
export type Noted<Entry> = <T>(entry: Entry, act: () => Promise<T>) => Promise<T>;

/** One as it is kept. */
export interface AuditEntry extends NewAuditEntry {
  /** Rises with each entry. */
  readonly number: number;
}
