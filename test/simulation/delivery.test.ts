/**
 * The data plane from the log to the endpoints, on simulated time, by thousands of seeds: endpoints that fail, hang
 * and refuse, crashes and stops at any moment. After each seed, when the endpoints have recovered, every event that
 * was appended has been delivered to every destination, or is dead, and nothing is owed. A failing seed is printed;
 * `SLUICE_TEST_SEED=n` repeats it.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Destination } from '../../src/domain/destination.ts';
import { eventIdOf, type Position } from '../../src/domain/event.ts';
import { type Behaviour, Inside, makeDestination } from '../support/inside.ts';
import { SimulatedAmbient } from '../support/simulated-ambient.ts';

const SEEDS = process.env['SLUICE_TEST_LONG'] === '1' ? 2_000 : 60;
const ONLY = process.env['SLUICE_TEST_SEED'];
const BEHAVIOURS: readonly Behaviour[] = [200, 200, 204, 500, 429, 302, 'hang', 'refused', 'untrusted'];

/** Choices of one seed. */
class Dice {
  readonly #chance: () => number;

  constructor(seed: number) {
    const ambient = new SimulatedAmbient({ seed });
    this.#chance = () => ambient.chance();
  }

  upTo(max: number): number {
    return Math.floor(this.#chance() * (max + 1));
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.upTo(choices.length - 1)]!;
  }
}

class Simulation {
  readonly #dice: Dice;
  readonly #inside: Inside;
  readonly #destinations: readonly Destination[];
  readonly #appended: Position[] = [];
  #crashes = 0;

  static async run(seed: number): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-simulation-'));
    try {
      const dice = new Dice(seed);
      const destinations = destinationsBy(dice);
      const inside = await Inside.start(destinations, join(folder, 'delivery.db'));
      const simulation = new Simulation(dice, inside, destinations);
      for (let step = 0; step < 40; step += 1) await simulation.#step();
      await simulation.#recover();
      await simulation.#check();
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  private constructor(dice: Dice, inside: Inside, destinations: readonly Destination[]) {
    this.#dice = dice;
    this.#inside = inside;
    this.#destinations = destinations;
  }

  get #urls(): readonly string[] {
    return this.#destinations.flatMap(({ endpoints }) => endpoints.map(({ url }) => url));
  }

  async #step(): Promise<void> {
    const dice = this.#dice;
    const inside = this.#inside;
    switch (dice.upTo(9)) {
      case 0:
        this.#crashes += 1;
        await inside.crash(this.#destinations);
        break;
      case 1:
        await this.#stopAndStart();
        break;
      case 2:
      case 3:
        inside.behave(dice.oneOf(this.#urls), dice.oneOf(BEHAVIOURS), dice.oneOf(BEHAVIOURS));
        break;
      case 4:
        await inside.release(dice.oneOf(this.#urls), dice.oneOf([200, 500]));
        break;
      case 5:
        await inside.ambient.advance(dice.upTo(3_000));
        break;
      default:
        await this.#append(dice.upTo(7) === 0 ? 900 : 1 + dice.upTo(30));
    }
  }

  /** Now and then more than a lane keeps ready, so that it falls behind and has to read the log. */
  async #append(count: number): Promise<void> {
    this.#appended.push(...(await this.#inside.append(Array.from({ length: count }, () => 'E'))));
  }

  async #stopAndStart(): Promise<void> {
    const { dispatcher, ambient } = this.#inside;
    const stopped = dispatcher.stop(this.#dice.upTo(100));
    await ambient.advance(200);
    await stopped;
    await this.#inside.startDispatcher(this.#destinations);
  }

  async #recover(): Promise<void> {
    for (const url of this.#urls) this.#inside.behave(url, 200);
    for (const url of this.#urls) await this.#inside.release(url);
    await this.#inside.ambient.advance(120_000);
  }

  async #check(): Promise<void> {
    const { log, store, reports, died, failures, troubles } = this.#inside;
    assert.deepEqual([failures, troubles], [[], []]);
    const end = (await log.extent()).end;
    for (const { id, delivery } of this.#destinations) {
      const ended = new Set(died.filter(({ destination }) => destination === id).map(({ eventId }) => eventId));
      for (const { destination, eventId, attempt } of reports) {
        if (destination !== id) continue;
        if (attempt.outcome === 'succeeded') ended.add(eventId);
        // A crash may cost duplicates, and makes no retry that the policy does not have.
        assert.ok(attempt.number <= delivery.retries + 1, `attempt ${attempt.number} of ${eventId}`);
      }
      const lost = this.#appended.filter((position) => !ended.has(eventIdOf(log.epoch, position)));
      assert.deepEqual(lost, [], `events that ${id} never got, nor are they dead`);
      assert.equal((await store.floors()).get(id), end);
    }
    if (this.#crashes === 0) this.#checkOnce();
  }

  /** Without a crash, no event is delivered twice by the same endpoint, and none but a late success after its death. */
  #checkOnce(): void {
    const seen = new Set<string>();
    for (const { destination, eventId, attempt } of this.#inside.reports) {
      if (attempt.outcome !== 'succeeded') continue;
      const key = `${destination} ${eventId} ${attempt.endpoint}`;
      assert.ok(!seen.has(key), `${key} once`);
      seen.add(key);
    }
  }
}

function destinationsBy(dice: Dice): readonly Destination[] {
  return Array.from({ length: 1 + dice.upTo(2) }, (_, index) => {
    const urls = Array.from({ length: 1 + dice.upTo(2) }, (_, endpoint) => `/${index}/${endpoint}`);
    const delivery = {
      concurrency: dice.oneOf([1, 2, 3, 8, 64]),
      retries: dice.upTo(3),
      backoffMs: [dice.upTo(2_000)],
    };
    return makeDestination(`d${index}`, urls, delivery);
  });
}

describe('the data plane', () => {
  it('loses nothing, whatever endpoints do and whenever it dies', async () => {
    for (let seed = ONLY === undefined ? 1 : Number(ONLY); seed <= SEEDS; seed += 1) {
      await Simulation.run(seed).catch((error: unknown) => {
        throw new Error(`seed ${seed} (repeat it with SLUICE_TEST_SEED=${seed})`, { cause: error });
      });
      if (ONLY !== undefined) return;
    }
  });
});
