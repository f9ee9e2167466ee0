import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { isUnfinished, type ReplayId } from '../domain/replay.ts';
import type { Workspace } from '../domain/workspace.ts';
import type { DeadCount } from '../ports/delivery-history.ts';
import { type Owed, standingOf } from './destination-standing.ts';
import type { LaneStatus } from './lane-status.ts';
import type { Replays } from './replays.ts';

export interface ForeseeParts {
  readonly workspace: { current(): Pick<Workspace, 'sources' | 'destinations'> };
  readonly replays: Pick<Replays, 'list'>;
  /** How destinations stand, or one of them; null when it is not known in time. */
  readonly status: (destination?: string) => Promise<readonly LaneStatus[] | null>;
  /** See `DeliveryHistory.dead`; null when it is not known in time. */
  readonly dead: (destination: string) => Promise<DeadCount | null>;
}

/**
 * What the deletion of a destination takes along. Its history stays until its retention is over, and so do all events in
 * the log: another destination can have them by a replay.
 */
export interface DestinationToll {
  /** What it is owed, and will not get, but for what is in flight; null when that is not known now. */
  readonly owed: Pick<Owed, 'waiting' | 'parked' | 'inFlight'> | null;
  /** Those that can no longer be retried afterwards; null when that is not known now. */
  readonly dead: DeadCount | null;
  /** Those that have not ended, and will be cancelled. */
  readonly replays: readonly ReplayId[];
}

/** What the deletion of a source takes along. What it sent stays in the log until its retention is over. */
export interface SourceToll {
  /** Calls with them are refused afterwards. */
  readonly writeKeys: number;
  /** Those that lose it. */
  readonly destinations: readonly {
    readonly id: string;
    /** It has no other source, and gets nothing until it is given one. */
    readonly isLeftWithout: boolean;
    /**
     * Events that wait there, of whatever source: those of this one that were not attempted yet are no longer its own.
     * Null when that is not known now.
     */
    readonly waiting: number | null;
  }[];
}

export interface Foresee {
  /** Rejects `destination_not_found`. */
  destination(id: string): Promise<DestinationToll>;
  /** Rejects `source_not_found`. */
  source(id: string): Promise<SourceToll>;
}

/** Tells beforehand what a deletion takes along, as of now: what arrives until it is made comes on top. */
export function makeForesee({ workspace, replays, status, dead }: ForeseeParts): Foresee {
  return {
    async destination(id) {
      const destination = workspace.current().destinations.find((each) => each.id === id);
      if (destination === undefined) throw new SluiceError('destination_not_found', { destination: id.slice(0, 64) });
      const [statuses, counted] = await Promise.all([status(id), dead(id)]);
      const unfinished = replays.list().filter((replay) => replay.destination === id && isUnfinished(replay));
      return { owed: owedTo(destination, statuses), dead: counted, replays: unfinished.map((replay) => replay.id) };
    },
    async source(id) {
      const { sources, destinations } = workspace.current();
      const source = sources.find((each) => each.id === id);
      if (source === undefined) throw new SluiceError('source_not_found', { source: id.slice(0, 64) });
      const losing = destinations.filter((destination) => destination.sources.includes(id));
      const statuses = losing.length === 0 ? [] : await status();
      return {
        writeKeys: source.writeKeys.length,
        destinations: losing.map((destination) => ({
          id: destination.id,
          isLeftWithout: destination.sources.every((each) => each === id),
          waiting: owedTo(destination, statuses)?.waiting ?? null,
        })),
      };
    },
  };
}

function owedTo(destination: Destination, statuses: readonly LaneStatus[] | null): DestinationToll['owed'] {
  const { owed } = standingOf(destination, statuses);
  if (owed === null) return null;
  const { waiting, parked, inFlight } = owed;
  return { waiting, parked, inFlight };
}
