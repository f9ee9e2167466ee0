import { OUTCOME_CODES } from '../../src/adapters/sql/delivery-rows.ts';
import type { Position } from '../../src/domain/event.ts';
import type { ReplaySlice } from '../../src/domain/replay.ts';
import { destinationIdOf, endpointKeyOf, replayIdOf } from '../../src/domain/lane-plan.ts';
import { windowEventsMax } from '../../src/domain/limits.ts';
import { type Duty, STEADY } from './operator.ts';
import type { Simulation } from './simulation.ts';
import { recipientOf, type StoredEvent } from './witness.ts';

/** What an event of the steady destination takes at most: its own, and for each that is before it. */
const STEADY_MS = 5_000;
const STEADY_EACH_MS = 25;
/** The same where the store is slow, or where suspects of a crash are tried one after the other. */
const STEADY_EACH_SLOW_MS = 800;

/** Reasons of a death that no retry could have helped. */
const HELPLESS = new Set(['tls_untrusted', 'address_forbidden', 'http_410', 'event_expired', 'process_crashed']);

/** Invariant 3: while the process is up, the steady destination gets what is its own, whatever others do. */
export function checkSteady({ plan, machine, operator, witness, ambient, looked }: Simulation): void {
  const owedAfter = operator.duties.get(STEADY)?.owedAfter ?? null;
  if (machine.state !== 'up' || owedAfter === null || plan.hasPruning || plan.storeGetsFull) return;
  const isLate = (stored: StoredEvent): boolean =>
    witness.isFor(STEADY, stored) &&
    stored.event.source === 'web' &&
    witness.deliveredAtMs(STEADY, stored.position) === null;
  const waiting = witness.stored.slice(looked.steady).filter(isLate);
  const oldest = waiting[0];
  looked.steady = oldest === undefined ? witness.stored.length : witness.stored.indexOf(oldest, looked.steady);
  if (oldest === undefined) return;
  const isSlow = plan.storeIsSlow || plan.logIsSlow || plan.hasCrashes;
  const allowedMsFor = (count: number): number => STEADY_MS + count * (isSlow ? STEADY_EACH_SLOW_MS : STEADY_EACH_MS);
  const waitedMs = ambient.elapsedMs() - Math.max(oldest.atMs, machine.upSinceMs);
  if (waitedMs <= allowedMsFor(waiting.length)) return;
  // Of a burst most have had their turn by now, and those behind waited for it.
  const ahead = witness.stored.filter(({ position }) => (witness.deliveredAtMs(STEADY, position) ?? -1) >= oldest.atMs);
  if (waitedMs > allowedMsFor(waiting.length + ahead.length))
    witness.breach(`the steady destination has waited ${waitedMs} ms for ${oldest.position}, with ${waiting.length}`);
}

/** Invariant 5, as far as lanes tell of themselves. Nobody waits for their answer, which may take its time. */
export function checkBounds({ machine, witness }: Simulation): void {
  machine.dispatcher?.status().then(
    (statuses) => {
      for (const { destination, waiting, parked, inFlight } of statuses) {
        if (inFlight > windowEventsMax) witness.breach(`${destination} has ${inFlight} in flight`);
        if (waiting < parked || parked < 0) witness.breach(`${destination}: ${waiting} wait, ${parked} of them parked`);
      }
    },
    (error: unknown) => {
      witness.breach(`cannot tell how lanes stand: ${String(error)}`);
    },
  );
}

/** Invariants 2 and 4, once all is quiet: what was accepted has an end everywhere, and nothing is owed. */
export async function checkEnds(simulation: Simulation): Promise<void> {
  const { machine, operator, witness } = simulation;
  for (const status of (await machine.dispatcher?.status()) ?? []) {
    if (status.waiting + status.parked + status.inFlight > 0 || status.oldestAtMs !== null)
      witness.breach(`all is quiet, and yet: ${JSON.stringify(status)}`);
  }
  const lanes = lanesOnDisk(simulation);
  for (const [id, duty] of operator.duties) {
    const own = lanes.filter(({ name }) => destinationIdOf(name) === id && replayIdOf(name) === null);
    if (own.every(({ isDropped }) => isDropped) || duty.owedAfter === null) witness.breach(`${id} has no lane`);
    else checkDestination(simulation, id, duty, own);
  }
  checkOff(simulation);
  for (const slice of simulation.replayer.slices) checkReplay(simulation, slice, lanes);
}

interface End {
  readonly state: string;
  readonly reason: string | null;
}

interface LaneOnDisk {
  readonly name: string;
  readonly isDropped: boolean;
  readonly expired: number;
  /** Of a replay: how many ended. */
  readonly counted: number;
  readonly ends: Map<Position, End>;
}

/** What must have an end, and where that may be. */
interface Subject {
  readonly id: string;
  readonly duty: Duty;
  readonly lanes: readonly LaneOnDisk[];
  /** Where each endpoint has a delivery of its own: whose these are. */
  readonly url: string | null;
}

/**
 * Where a destination was changed, an end in any of its lanes is one: they hand over to each other. Where it was not,
 * each lane answers for itself.
 */
function checkDestination(simulation: Simulation, id: string, duty: Duty, lanes: readonly LaneOnDisk[]): void {
  const { endpoints, delivery } = simulation.workspace.current().destinations.find((each) => each.id === id)!;
  if (duty.hasChanged || delivery.success === 'any') checkSubject(simulation, { id, duty, lanes, url: null });
  else
    for (const { url } of endpoints) {
      const name = `${id}/${endpointKeyOf(url)}`;
      const own = lanes.filter((lane) => lane.name === name && !lane.isDropped);
      checkSubject(simulation, { id, duty, lanes: own, url });
    }
}

function checkSubject(simulation: Simulation, subject: Subject): void {
  const { witness, workspace, plan } = simulation;
  const { id, duty, lanes } = subject;
  const { sources } = workspace.current().destinations.find((each) => each.id === id)!;
  const missing: Position[] = [];
  for (const stored of witness.stored) {
    const { position, event } = stored;
    if (position <= duty.owedAfter! || !witness.isFor(id, stored) || !sources.includes(event.source)) continue;
    const end = endAt(position, lanes);
    if (end === null) missing.push(position);
    else checkEnd(simulation, subject, position, end);
  }
  const expired = lanes.reduce((sum, lane) => sum + (lane.isDropped ? 0 : lane.expired), 0);
  if (missing.length > expired)
    witness.breach(`${id} never got ${missing.join()}, nor are they dead, and it says that ${expired} expired`);
  // What came before the lane was known to flow may have expired too.
  if (!plan.hasPowerCuts && !plan.hasOperator && missing.length < expired)
    witness.breach(`${id} says that ${expired} expired; it never got ${missing.length}`);
}

/** A removed endpoint's part is cancelled. What a lane handed over is no end, but in the lanes that took it. */
function endAt(position: Position, lanes: readonly LaneOnDisk[]): End | null {
  const ends = lanes.flatMap((lane) => lane.ends.get(position) ?? []);
  const find = (wanted: string): End | undefined => ends.find(({ state }) => state === wanted);
  return find('delivered') ?? find('dead') ?? ends.find(({ reason }) => reason === 'endpoint_removed') ?? null;
}

function checkEnd({ witness, workspace }: Simulation, { id, duty, url }: Subject, position: Position, end: End): void {
  if (end.state === 'delivered') {
    if (!witness.hasTaken(id, url, position)) witness.breach(`${id} says ${position} is delivered; it is not`);
    return;
  }
  if (end.reason === null) witness.breach(`${id} ended ${position} as ${end.state} for no reason`);
  if (duty.hasChanged || witness.mayRepeat || HELPLESS.has(end.reason ?? '')) return;
  const { delivery, endpoints } = workspace.current().destinations.find((each) => each.id === id)!;
  // Of several endpoints one may have had its turn when the lane stopped, and another not: that round begins anew.
  const mayBeginAnew = (witness.hasStopped || witness.hasReplays) && url === null && endpoints.length > 1;
  // Each round asks an endpoint at least; those that are held are left out.
  const [rounds, most, all] = [delivery.retries + 1, ...witness.requestsOf(id, url, position)];
  if ((most > rounds && !witness.isSplit(id, position) && !mayBeginAnew) || all < rounds)
    witness.breach(`${position} is dead at ${id} in ${rounds} rounds after ${all} attempts, ${most} at one endpoint`);
}

/** A destination that was off gets nothing of what came meanwhile. */
function checkOff({ operator, witness, plan }: Simulation): void {
  // A slow log hands out late what was there before; a power cut takes back that a lane was dropped.
  if (plan.logIsSlow || plan.hasPowerCuts) return;
  for (const { destination, after, upTo } of operator.off) {
    for (const { position } of witness.stored) {
      const isMeanwhile = position > after && (upTo === null || position <= upTo);
      if (isMeanwhile && witness.requests(destination, position) > 0)
        witness.breach(`${destination} got ${position}, which came while it was off`);
    }
  }
}

/** A replay is exact: each of its lanes that is still there ended all that is in its slice, and counted it once. */
function checkReplay({ witness, plan }: Simulation, slice: ReplaySlice, lanes: readonly LaneOnDisk[]): void {
  const { id, destination, after, upTo, sources, positions } = slice;
  const named = positions === null ? null : new Set(positions);
  const own = witness.stored.filter(
    (stored) =>
      stored.position > after &&
      stored.position <= upTo &&
      sources.includes(stored.event.source) &&
      named?.has(stored.position) !== false &&
      witness.isFor(destination, stored),
  );
  for (const lane of lanes) {
    if (replayIdOf(lane.name) !== id || lane.isDropped) continue;
    const missing = own.filter(({ position }) => !lane.ends.has(position)).map(({ position }) => position);
    // What the log had forgotten before it began is no part of a replay.
    const forgotten = plan.hasPruning ? missing.length - lane.expired : 0;
    if (missing.length !== lane.expired + forgotten || forgotten < 0)
      witness.breach(`${lane.name} never sent ${missing.join()}, and says that ${lane.expired} expired`);
    if (lane.counted !== own.length - forgotten)
      witness.breach(`${lane.name} counts ${lane.counted} of ${own.length - forgotten}`);
    const taken = [...lane.ends].filter(([, { state }]) => state === 'delivered');
    for (const [position] of taken)
      if (!witness.hasTaken(recipientOf(destination, id), null, position))
        witness.breach(`${lane.name} says ${position} is delivered; it is not`);
  }
}

function lanesOnDisk({ machine: { disk } }: Simulation): readonly LaneOnDisk[] {
  const lanes = new Map<number, LaneOnDisk>();
  for (const { id, name, expired, is_dropped, counted } of disk.rows(
    'select id, name, expired, is_dropped, delivered + dead + cancelled + expired as counted from lane',
  ))
    lanes.set(Number(id), {
      ...{ name: String(name), isDropped: is_dropped === 1, expired: Number(expired) },
      ...{ counted: Number(counted), ends: new Map<Position, End>() },
    });
  for (const { lane, position } of disk.rows(
    `select lane, position from attempt where outcome = ${OUTCOME_CODES.succeeded}`,
  ))
    lanes.get(Number(lane))?.ends.set(Number(position), { state: 'delivered', reason: null });
  for (const { lane, position, state, reason } of disk.rows('select lane, position, state, reason from finished'))
    lanes.get(Number(lane))?.ends.set(Number(position), {
      state: String(state),
      reason: typeof reason === 'string' ? reason : null,
    });
  return [...lanes.values()];
}
