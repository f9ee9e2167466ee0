import type { Origin } from './origin.ts';

/** What sends: a source of devices has users at the other end, one of servers the customer's own machines. */
export const SOURCE_KINDS = ['web', 'mobile', 'server'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/**
 * How events reach destinations, as Segment calls it. `cloud`: by way of the server. Webhooks have no device mode,
 * where a library on the device sends to a destination itself (Webhooks integration, fact 12).
 */
export const CONNECTION_MODES = ['cloud'] as const;
export type ConnectionMode = (typeof CONNECTION_MODES)[number];

/** Where calls come from. A call belongs to the source whose write key it carries. */
export interface Source {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Credentials that can only write, and may be public. */
  readonly writeKeys: readonly string[];
  /** What people call a key, where they call it anything: by the key, one of `writeKeys`. */
  readonly keyNames: Readonly<Record<string, string>>;
  /** Null: not said, or several. */
  readonly kind: SourceKind | null;
  readonly connectionMode: ConnectionMode;
  readonly origin: Origin;
}

/** A source of which only some things are said: named by its id, enabled, of no kind, of the file. */
export function makeSource(said: Pick<Source, 'id' | 'writeKeys'> & Partial<Source>): Source {
  return { name: said.id, enabled: true, keyNames: {}, kind: null, connectionMode: 'cloud', origin: 'file', ...said };
}
