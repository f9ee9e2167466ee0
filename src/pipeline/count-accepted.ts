import { RecentCounts } from '../lib/recent-counts.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/** How much of a source was accepted of late. */
export interface AcceptedPace {
  readonly source: string;
  /** The mean of the last ten seconds, or of as many as it has counted for. */
  readonly perSecond: number;
  /** Those of the last hour in which something was accepted, oldest first; by the wall clock, since 1970. */
  readonly minutes: readonly { readonly minute: number; readonly accepted: number }[];
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const PACE_SECONDS = 10;
const MINUTES = 60;

interface Counts {
  /** By time that passes, so that no clock which is set makes a rate of nothing. */
  readonly seconds: RecentCounts;
  readonly minutes: RecentCounts;
}

/**
 * Counts what is accepted of each source while it runs: for who watches events come in, where metrics are not kept. Of
 * one source it remembers 60 minutes and 11 seconds, and each event costs one addition to either.
 *
 * An event counts that was new and is on disk. A source is known from its first call, whether that was accepted, was
 * there already or was refused, until `keep` leaves it out.
 */
export class AcceptedCounter {
  readonly #ambient: Pick<Ambient, 'nowMs' | 'elapsedMs'>;
  readonly #bySource = new Map<string, Counts>();
  readonly #startedAtMs: number;
  /** When counting began, by the wall clock. */
  readonly sinceMs: number;
  readonly telemetry: Pick<Telemetry, 'accepted' | 'refused'>;

  constructor(ambient: Pick<Ambient, 'nowMs' | 'elapsedMs'>) {
    this.#ambient = ambient;
    this.#startedAtMs = ambient.elapsedMs();
    this.sinceMs = ambient.nowMs();
    this.telemetry = {
      accepted: (_epoch, events, positions) => {
        const second = Math.floor(ambient.elapsedMs() / SECOND_MS);
        const minute = Math.floor(ambient.nowMs() / MINUTE_MS);
        for (const [index, { source, type }] of events.entries()) {
          // What tells destinations of an erasure came from nobody.
          if (type === 'delete') continue;
          const counts = this.#countsOf(source);
          if (positions[index] === 0) continue;
          counts.seconds.add(second, 1);
          counts.minutes.add(minute, 1);
        }
      },
      refused: ({ source }) => {
        if (source !== null) this.#countsOf(source);
      },
    };
  }

  /** These sources exist now, and no others. */
  keep(sources: readonly string[]): void {
    const kept = new Set(sources);
    for (const source of this.#bySource.keys()) if (!kept.has(source)) this.#bySource.delete(source);
  }

  /** Of all sources that sent something, or of one. */
  read(source?: string): readonly AcceptedPace[] {
    const elapsedMs = this.#ambient.elapsedMs();
    const minute = Math.floor(this.#ambient.nowMs() / MINUTE_MS);
    const known = [...this.#bySource].filter(([each]) => source === undefined || each === source);
    return known.map(([each, { seconds, minutes }]) => ({
      source: each,
      perSecond: this.#perSecond(seconds, elapsedMs),
      minutes: lastOf(minutes, minute),
    }));
  }

  /** Of the second that the ten begin in, as much as is left of it, as if what came in it were spread evenly. */
  #perSecond(seconds: RecentCounts, elapsedMs: number): number {
    const now = Math.floor(elapsedMs / SECOND_MS);
    const share = 1 - (elapsedMs / SECOND_MS - now);
    let sum = 0;
    for (let second = Math.max(0, now - PACE_SECONDS + 1); second <= now; second++) sum += seconds.in(second);
    if (now >= PACE_SECONDS) sum += share * seconds.in(now - PACE_SECONDS);
    const countedFor = (elapsedMs - this.#startedAtMs) / SECOND_MS;
    return sum / Math.min(PACE_SECONDS, Math.max(1, countedFor));
  }

  #countsOf(source: string): Counts {
    const known = this.#bySource.get(source);
    if (known !== undefined) return known;
    const counts = { seconds: new RecentCounts(PACE_SECONDS + 1), minutes: new RecentCounts(MINUTES) };
    this.#bySource.set(source, counts);
    return counts;
  }
}

/** @param now the newest minute */
function lastOf(minutes: RecentCounts, now: number): AcceptedPace['minutes'] {
  return Array.from({ length: MINUTES }, (_, index) => now - MINUTES + 1 + index)
    .map((minute) => ({ minute, accepted: minutes.in(minute) }))
    .filter(({ accepted }) => accepted > 0);
}
