import type { AttemptRecord } from '../../src/domain/attempt.ts';
import type { Finished, LaneId, Parked } from '../../src/domain/delivery.ts';
import type { Position } from '../../src/domain/event.ts';
import { LATENCY_BUCKETS_MS, type Settlement } from '../../src/ports/delivery-store.ts';

/** The time of everything here that is not given another. */
export const AT_MS = 1_767_225_600_000;
const ENDPOINT = 'https://hooks.example/crm';

export function settlement(lane: LaneId, term: number, rest: Partial<Settlement>): Settlement {
  const nothing = { finished: [], parked: [], attempts: [], counts: [], expired: 0, paused: [] };
  return { lane, term, floor: 0, atMs: AT_MS, ...nothing, ...rest };
}

/** What a lane settles whose events all succeeded at the first attempt. Positions rise. */
export function plainSuccess(lane: LaneId, term: number, positions: readonly Position[]): Settlement {
  const latencyBuckets = new Uint32Array(LATENCY_BUCKETS_MS.length + 1);
  latencyBuckets[2] = positions.length;
  return settlement(lane, term, {
    floor: positions.at(-1) ?? 0,
    finished: positions.map(delivered),
    attempts: positions.map((position) => attempt(position)),
    counts: [{ minute: Math.floor(AT_MS / 60_000), endpoint: ENDPOINT, outcome: 'succeeded', latencyBuckets }],
  });
}

export function attempt(position: Position, rest: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    positions: [position],
    endpoint: ENDPOINT,
    number: 1,
    atMs: AT_MS,
    durationMs: 3.4,
    outcome: 'succeeded',
    status: 200,
    errorCode: null,
    exchange: null,
    ...rest,
  };
}

export function delivered(position: Position): Finished {
  return { position, state: 'delivered', reason: null };
}

export function dead(position: Position, reason = 'http_500'): Finished {
  return { position, state: 'dead', reason };
}

export function parked(position: Position, rest: Partial<Parked> = {}): Parked {
  return { position, attempts: 0, user: null, batch: null, dueAtMs: AT_MS, suspicion: 0, ...rest };
}
