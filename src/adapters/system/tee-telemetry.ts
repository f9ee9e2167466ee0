import type { Telemetry } from '../../ports/telemetry.ts';

/** Tells each of them what it wants to hear, in order. */
export function teeTelemetry(...watchers: readonly Partial<Telemetry>[]): Telemetry {
  return {
    accepted: toAll(watchers.map(({ accepted }) => accepted)),
    refused: toAll(watchers.map(({ refused }) => refused)),
    attempted: toAll(watchers.map(({ attempted }) => attempted)),
    died: toAll(watchers.map(({ died }) => died)),
    expired: toAll(watchers.map(({ expired }) => expired)),
    filtered: toAll(watchers.map(({ filtered }) => filtered)),
    endpointChanged: toAll(watchers.map(({ endpointChanged }) => endpointChanged)),
    trouble: toAll(watchers.map(({ trouble }) => trouble)),
  };
}

function toAll<Report extends readonly unknown[]>(
  watchers: readonly (((...report: Report) => void) | undefined)[],
): (...report: Report) => void {
  const listening = watchers.filter((watcher) => watcher !== undefined);
  return (...report) => {
    for (const watcher of listening) watcher(...report);
  };
}
