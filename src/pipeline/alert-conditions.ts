import { LISTENER_AWAY } from '../domain/endpoint-standing.ts';
import { openPartOf } from '../domain/listener-url.ts';
import type { AlertKind } from '../domain/alert.ts';
import { type DiskState, mebibytes } from '../domain/disk.ts';
import type { LaneStatus } from './lane-status.ts';

/** What is looked at for alerts, all of one moment. */
export interface Observed {
  readonly lanes: readonly Pick<LaneStatus, 'destination' | 'oldestAtMs' | 'endpoints'>[];
  /** Deliveries that died since the look before. */
  readonly deaths: readonly Deaths[];
  readonly disk: DiskState;
}

export interface Deaths {
  readonly destination: string;
  readonly count: number;
  /** Why the last of them died. */
  readonly reason: string;
}

/** Something that holds at a moment and that an operator should know. */
export interface Condition {
  readonly kind: AlertKind;
  readonly destination: string | null;
  /** What begins with it, in a sentence. */
  readonly message: string;
}

/** Free disk below so many times the reserve is near it, as `docs/operating.md` says too. */
const NEAR_RESERVES = 4;
const MINUTE_MS = 60_000;

/** What holds now. Deaths are as they are told: for how long they are news is the caller's to know. */
export function conditionsIn(
  { lanes, deaths, disk }: Observed,
  { nowMs, lagMs }: { readonly nowMs: number; readonly lagMs: number },
): readonly Condition[] {
  return [
    ...lanes.flatMap(heldCondition),
    ...lanes.flatMap((lane) => lagCondition(lane, nowMs, lagMs)),
    ...deaths.map(deathCondition),
    ...diskConditions(disk),
  ];
}

function heldCondition({ destination, endpoints }: Observed['lanes'][number]): Condition[] {
  // A developer who goes home is no news.
  const shut = endpoints.filter(({ state, reason }) => state !== 'open' && reason !== LISTENER_AWAY);
  if (shut.length === 0) return [];
  const named = shut.map(({ url, state, reason }) => `${openPartOf(url) ?? 'one'} is ${state} (${reason ?? ''})`);
  const message = `${destination}: ${named.join(', ')}; what is owed there waits`;
  return [{ kind: 'destination_held', destination, message }];
}

function lagCondition({ destination, oldestAtMs, endpoints }: Observed['lanes'][number], nowMs: number, lagMs: number) {
  if (endpoints.length > 0 && endpoints.every(({ reason }) => reason === LISTENER_AWAY)) return [];
  if (oldestAtMs === null || nowMs - oldestAtMs <= lagMs) return [];
  const minutes = Math.floor((nowMs - oldestAtMs) / MINUTE_MS);
  const age = minutes === 0 ? 'less than a minute' : minutes === 1 ? 'a minute' : `${minutes} minutes`;
  const message = `${destination} lags: its oldest waiting event was received ${age} ago`;
  return [{ kind: 'destination_lags' as const, destination, message }];
}

function deathCondition({ destination, count, reason }: Deaths): Condition {
  const died = count === 1 ? 'a delivery is dead' : `${count} deliveries are dead`;
  const message = `${destination}: ${died} (${reason}); they are not tried again until somebody retries them`;
  return { kind: 'dead_letters', destination, message };
}

function diskConditions({ freeBytes, reserveBytes, isFull }: DiskState): Condition[] {
  const isNear = freeBytes !== null && freeBytes < NEAR_RESERVES * reserveBytes;
  const [free, reserve] = [mebibytes(freeBytes), mebibytes(reserveBytes)];
  return [
    ...(isNear
      ? [{ kind: 'disk_near' as const, message: `the disk has ${free} left; below ${reserve} calls are refused` }]
      : []),
    ...(isFull
      ? [{ kind: 'disk_full' as const, message: `the disk is full, with ${free} left: calls are answered 503` }]
      : []),
  ].map((condition) => ({ ...condition, destination: null }));
}

/** What is said when one is over. */
export function endOf({ kind, destination }: Condition, { lanes, disk }: Observed): string {
  const name = destination ?? '';
  if (destination !== null && !lanes.some((lane) => lane.destination === destination))
    return `${name}: nothing is delivered to it any more`;
  switch (kind) {
    case 'destination_held':
      return `${name}: all of its endpoints are open again`;
    case 'dead_letters':
      return `${name}: no delivery has died for ten minutes`;
    case 'destination_lags':
      return `${name} has caught up`;
    case 'disk_near':
      return `the disk has ${mebibytes(disk.freeBytes)} left again`;
    case 'disk_full':
      return 'the disk has room again: calls are accepted';
  }
}
