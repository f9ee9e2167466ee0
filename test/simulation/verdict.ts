import { OUTCOME_CODES } from '../../src/adapters/sql/delivery-rows.ts';
import type { Position } from '../../src/domain/event.ts';
import { windowEventsMax } from '../../src/domain/limits.ts';
import { type Duty, STEADY } from './operator.ts';
import type { Simulation } from './simulation.ts';
import type { StoredEvent } from './witness.ts';

/** What an event of the steady destination takes at most: its own, and for each that is before it. */
const STEADY_MS = 5_000;
const STEADY_EACH_MS = 25;
/** The same where the store is slow, or where suspects of a crash are tried one after the other. */
const STEADY_EACH_SLOW_MS = 800;

/** Reasons of a death that no retry could have helped. */
const HELPLESS = new Set(['tls_untrusted', 'address_forbidden', 'event_expired', 'process_crashed']);

/** Invariant 3: while the process is up, the steady destination gets what is its own, whatever others do. */
export function checkSteady({ plan, machine, operator, witness, ambient, looked }: Simulation): void {
  const owedAfter = operator.duties.get(STEADY)?.owedAfter ?? null;
  if (machine.state !== 'up' || owedAfter === null || plan.hasPruning || plan.storeGetsFull) return;
  const isLate = ({ position, event, isMeant }: StoredEvent): boolean =>
    isMeant && event.source === 'web' && witness.deliveredAtMs(STEADY, position) === null;
  const waiting = witness.stored.slice(looked.steady).filter(isLate);
  const oldest = waiting[0];
  looked.steady = oldest === undefined ? witness.stored.length : witness.stored.indexOf(oldest, looked.steady);
  if (oldest === undefined) return;
  const isSlow = plan.storeIsSlow || plan.logIsSlow || plan.hasCrashes;
  const allowedMs = STEADY_MS + waiting.length * (isSlow ? STEADY_EACH_SLOW_MS : STEADY_EACH_MS);
  const waitedMs = ambient.elapsedMs() - Math.max(oldest.atMs, machine.upSinceMs);
  if (waitedMs > allowedMs)
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
  const lanes = endsByLane(simulation);
  for (const [id, duty] of operator.duties) {
    const lane = lanes.get(id);
    if (lane === undefined || duty.owedAfter === null) witness.breach(`${id} has no lane`);
    else checkDestination(simulation, { id, duty, lane });
  }
  checkOff(simulation);
}

interface LaneEnds {
  readonly expired: number;
  readonly byPosition: Map<Position, { readonly state: string; readonly reason: string | null }>;
}

interface Subject {
  readonly id: string;
  readonly duty: Duty;
  readonly lane: LaneEnds;
}

function checkDestination(simulation: Simulation, { id, duty, lane }: Subject): void {
  const { witness, workspace, plan } = simulation;
  const { sources, delivery } = workspace.current().destinations.find((each) => each.id === id)!;
  const missing: Position[] = [];
  for (const { position, event, isMeant } of witness.stored) {
    if (position <= duty.owedAfter! || !isMeant || !sources.includes(event.source)) continue;
    const end = lane.byPosition.get(position);
    if (end === undefined) {
      missing.push(position);
    } else if (end.state === 'delivered') {
      if (witness.deliveredAtMs(id, position) === null)
        witness.breach(`${id} says ${position} is delivered; it is not`);
    } else if (end.state !== 'dead' || end.reason === null) {
      witness.breach(`${id} ended ${position} as ${end.state} for ${end.reason}`);
    } else if (!duty.hasChanged && !witness.mayRepeat && !HELPLESS.has(end.reason)) {
      const requests = witness.requests(id, position);
      if (requests !== delivery.retries + 1)
        witness.breach(`${position} is dead at ${id} after ${requests} of ${delivery.retries + 1} attempts`);
    }
  }
  if (missing.length > lane.expired)
    witness.breach(`${id} never got ${missing.join()}, nor are they dead, and it says that ${lane.expired} expired`);
  // What came before the lane was known to flow may have expired too.
  if (!plan.hasPowerCuts && !plan.hasOperator && missing.length < lane.expired)
    witness.breach(`${id} says that ${lane.expired} expired; it never got ${missing.length}`);
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

function endsByLane({ machine: { disk } }: Simulation): ReadonlyMap<string, LaneEnds> {
  const lanes = new Map<number, LaneEnds>();
  const byName = new Map<string, LaneEnds>();
  for (const { id, name, expired } of disk.rows('select id, name, expired from lane where is_dropped = 0')) {
    const lane = { expired: Number(expired), byPosition: new Map() };
    lanes.set(Number(id), lane);
    byName.set(String(name), lane);
  }
  for (const { lane, position } of disk.rows(
    `select lane, position from attempt where outcome = ${OUTCOME_CODES.succeeded}`,
  ))
    lanes.get(Number(lane))?.byPosition.set(Number(position), { state: 'delivered', reason: null });
  for (const { lane, position, state, reason } of disk.rows('select lane, position, state, reason from finished'))
    lanes.get(Number(lane))?.byPosition.set(Number(position), {
      state: String(state),
      reason: typeof reason === 'string' ? reason : null,
    });
  return byName;
}
