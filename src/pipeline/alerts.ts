import type { Alert } from '../domain/alert.ts';
import { assert } from '../lib/assert.ts';
import { type Condition, conditionsIn, type Deaths, endOf, type Observed } from './alert-conditions.ts';

/** Looks, one after the other, at which something has to hold before it is told, and not to before it is over. */
const LOOKS = 2;
/** How long after the last death there is news of them. */
const DEATHS_MS = 10 * 60_000;

interface Known {
  /** As it was at the last look at which it held. */
  condition: Condition;
  readonly sinceMs: number;
  looks: number;
  looksWithout: number;
  isTold: boolean;
}

/**
 * Which alerts begin and end with each look. Of each kind and destination:
 *
 *     none ──holds──▶ seen ──still holds at the next look: begun──▶ told
 *      ▲               │                                             │
 *      └──holds no ────┴────────── did not hold at two looks: ended ─┘
 *
 * What holds for a moment is not told, and what is gone for a moment is not over: an endpoint that asks for a pause of
 * some seconds, or answers once in between, would else ring all night. Deaths are told at once, and are over when there
 * was none for ten minutes; so is a full disk.
 *
 * Nothing is remembered over a restart: what still holds is told again.
 */
export class AlertRules {
  readonly #lagMs: number;
  readonly #known = new Map<string, Known>();
  /** The deaths that are news, by destination, and since when by elapsed time. */
  readonly #deaths = new Map<string, { readonly deaths: Deaths; readonly elapsedMs: number }>();

  constructor({ lagMs }: { readonly lagMs: number }) {
    this.#lagMs = lagMs;
  }

  look(observed: Observed, { nowMs, elapsedMs }: { readonly nowMs: number; readonly elapsedMs: number }): Alert[] {
    const deaths = this.#deathsNow(observed.deaths, elapsedMs);
    const conditions = conditionsIn({ ...observed, deaths }, { nowMs, lagMs: this.#lagMs });
    const keys = new Set(conditions.map(keyOf));
    const begun = conditions.flatMap((condition) => this.#holds(condition, nowMs));
    const ended = [...this.#known].flatMap(([key, known]) =>
      keys.has(key) ? [] : this.#holdsNot(key, known, observed, nowMs),
    );
    return [...begun, ...ended];
  }

  /** What was told and is not over, oldest first, in the words of the last look. */
  get standing(): readonly Pick<Alert, 'kind' | 'destination' | 'message' | 'sinceMs'>[] {
    const told = [...this.#known.values()].filter(({ isTold }) => isTold);
    return told
      .map(({ condition: { kind, destination, message }, sinceMs }) => ({ kind, destination, message, sinceMs }))
      .sort((one, other) => one.sinceMs - other.sinceMs);
  }

  #holds(condition: Condition, nowMs: number): Alert[] {
    const key = keyOf(condition);
    const known = this.#known.get(key) ?? { condition, sinceMs: nowMs, looks: 0, looksWithout: 0, isTold: false };
    this.#known.set(key, known);
    known.condition = condition;
    known.looks += 1;
    known.looksWithout = 0;
    if (known.isTold || known.looks < looksOf(condition)) return [];
    known.isTold = true;
    const { kind, destination, message } = condition;
    return [{ kind, destination, message, state: 'begun', sinceMs: known.sinceMs, atMs: nowMs }];
  }

  #holdsNot(key: string, known: Known, observed: Observed, nowMs: number): Alert[] {
    known.looks = 0;
    known.looksWithout += 1;
    const { condition, sinceMs, isTold } = known;
    if (isTold && known.looksWithout < looksOf(condition)) return [];
    this.#known.delete(key);
    if (!isTold) return [];
    const { kind, destination } = condition;
    return [{ kind, destination, message: endOf(condition, observed), state: 'ended', sinceMs, atMs: nowMs }];
  }

  /** Those of this look, and of looks before that are still news. */
  #deathsNow(told: readonly Deaths[], elapsedMs: number): readonly Deaths[] {
    for (const deaths of told) {
      assert(deaths.count > 0, 'deaths are told of destinations that have any');
      this.#deaths.set(deaths.destination, { deaths, elapsedMs });
    }
    for (const [destination, last] of this.#deaths)
      if (elapsedMs - last.elapsedMs >= DEATHS_MS) this.#deaths.delete(destination);
    return [...this.#deaths.values()].map(({ deaths }) => deaths);
  }
}

function looksOf({ kind }: Condition): number {
  return kind === 'dead_letters' || kind === 'disk_full' ? 1 : LOOKS;
}

function keyOf({ kind, destination }: Condition): string {
  return `${kind} ${destination ?? ''}`;
}
