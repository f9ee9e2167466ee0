import { isFailure } from '../../domain/attempt.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { AttemptReport, Telemetry } from '../../ports/telemetry.ts';

/** Failed attempts, and deaths, that are told in a second: enough to see what is wrong, of each and of all. */
const PER_DESTINATION_MAX = 20;
const TOTAL_MAX = 500;
/** Sums of what was left out that are told in a second; beyond it one for all others. */
const SUMS_MAX = 100;

interface LeftOut {
  readonly what: string;
  readonly destination: string | null;
  readonly error: string | null;
  leftOut: number;
}

/**
 * Tells what it is told, but of failures only so many in a second, and at its end how many it left out, by destination
 * and error: an endpoint that is down fails as often as events come, and neither the log nor its reader can follow. A
 * second begins with its first failure.
 */
export function sampleFailures(telemetry: Telemetry, ambient: Pick<Ambient, 'after'>): Telemetry {
  let told = new Map<string, number>();
  let toldInTotal = 0;
  let leftOut = new Map<string, LeftOut>();

  const endSecond = (): void => {
    const sums = [...leftOut.values()];
    told = new Map();
    toldInTotal = 0;
    leftOut = new Map();
    for (const { what, ...sum } of sums) telemetry.trouble(what, sum);
  };
  const isTaken = (kind: string, destination: string): boolean => {
    if (told.size === 0) ambient.after(1_000, endSecond);
    const key = `${kind} ${destination}`;
    const before = told.get(key) ?? 0;
    told.set(key, before + 1);
    if (before >= PER_DESTINATION_MAX || toldInTotal >= TOTAL_MAX) return false;
    toldInTotal += 1;
    return true;
  };
  const leaveOut = (what: string, destination: string, error: string): void => {
    const key = `${what} ${destination} ${error}`;
    const own = leftOut.get(key);
    if (own !== undefined) own.leftOut += 1;
    else if (leftOut.size < SUMS_MAX) leftOut.set(key, { what, destination, error, leftOut: 1 });
    else addToOthers(leftOut, what);
  };
  return {
    ...telemetry,
    attempted: (report) => {
      if (!isFailure(report.attempt) || isTaken('attempt', report.destination)) telemetry.attempted(report);
      else leaveOut('more attempts failed in that second', report.destination, errorOf(report));
    },
    died: (destination, eventId, reason) => {
      if (isTaken('death', destination)) telemetry.died(destination, eventId, reason);
      else leaveOut('more deliveries died in that second', destination, reason);
    },
  };
}

function addToOthers(sums: Map<string, LeftOut>, what: string): void {
  const others = sums.get(what);
  if (others === undefined) sums.set(what, { what, destination: null, error: null, leftOut: 1 });
  else others.leftOut += 1;
}

function errorOf({ attempt: { errorCode, status } }: AttemptReport): string {
  return errorCode ?? `http_${status ?? 0}`;
}
