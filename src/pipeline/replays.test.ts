import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openSqliteReplayStore } from '../adapters/sql/replay-store.ts';
import { makeDestination } from '../../test/support/inside.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { Noted } from '../domain/audit.ts';
import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { replaysAtOnceMax } from '../domain/limits.ts';
import { NO_PROGRESS, type Replay, type ReplayProgress, type ReplaySlice } from '../domain/replay.ts';
import { makeSource } from '../domain/source.ts';
import type { ReplayStore } from '../ports/replay-store.ts';
import { type ReplayAction, type ReplayRequest, Replays } from './replays.ts';
import type { SelectedPage } from './select-events.ts';

const REQUEST: ReplayRequest = { destination: 'crm', filter: {}, fromMs: null, toMs: null, ratePerSecond: null };
const PAGE: SelectedPage = { count: 5, positions: null, next: null };

/** Replays over lanes and a log that do what a test says. */
class Bench {
  readonly ambient = new SimulatedAmbient();
  readonly failures: unknown[] = [];
  destinations: readonly Destination[] = [makeDestination('crm', ['/crm'])];
  /** Answered in turn, the last one for ever; with `hold` none is until `letGo`. */
  pages: SelectedPage[] = [PAGE];
  /** Where each page was asked to begin. */
  readonly asked: (number | null)[] = [];
  /** What the lanes were told, each time. */
  readonly told: (readonly ReplaySlice[])[] = [];
  /** What the audit trail has; with a reason nothing is noted any more, nor done. */
  readonly actions: ReplayAction[] = [];
  trouble: Error | null = null;
  isThrough = false;
  progress: ReplayProgress = NO_PROGRESS;
  #held: (() => void)[] | null = null;
  readonly #store: ReplayStore;
  replays!: Replays;

  private constructor(store: ReplayStore) {
    this.#store = store;
  }

  static async open(store: ReplayStore = openSqliteReplayStore({ file: ':memory:' })): Promise<Bench> {
    const bench = new Bench(store);
    await bench.start();
    return bench;
  }

  /** Starts anew on the same store, as after a crash. */
  async start(): Promise<void> {
    const store = { ...bound(this.#store), close: async () => Promise.resolve() };
    const source = makeSource({ id: 'web', name: 'Web', writeKeys: ['wk'] });
    this.replays = await Replays.open({
      ...{ store, ambient: this.ambient, onFailure: (error) => this.failures.push(error) },
      workspace: { current: () => ({ sources: [source], destinations: this.destinations }) },
      selector: {
        rangeOf: async () => Promise.resolve({ after: 0, upTo: 100 }),
        page: async (_selection, from) => this.#page(from),
      },
    });
    const { replays } = this;
    replays.begin({
      apply: async () => Promise.resolve(void this.told.push(replays.slices)),
      standing: async () => Promise.resolve({ isThrough: this.isThrough, progress: this.progress }),
    });
    await this.ambient.advance(0);
  }

  hold(): void {
    this.#held = [];
  }

  async letGo(): Promise<void> {
    for (const letGo of this.#held?.splice(0) ?? []) letGo();
    this.#held = null;
    await this.ambient.advance(0);
  }

  readonly noted: Noted<ReplayAction> = async (action, act) => {
    if (this.trouble !== null) throw this.trouble;
    this.actions.push(action);
    return act();
  };

  async create(request: Partial<ReplayRequest> = {}): Promise<Replay> {
    const replay = await this.replays.create({ ...REQUEST, ...request }, this.noted);
    await this.ambient.advance(0);
    return replay;
  }

  async #page(from: number | null): Promise<SelectedPage> {
    this.asked.push(from);
    const page = (this.pages.length > 1 ? this.pages.shift() : this.pages[0]) ?? PAGE;
    if (this.#held !== null) await new Promise<void>((resolve) => this.#held?.push(resolve));
    return page;
  }
}

function bound(store: ReplayStore): ReplayStore {
  return {
    all: async () => store.all(),
    positions: async (id) => store.positions(id),
    put: async (...asked) => store.put(...asked),
    forgetWhatWas: async () => store.forgetWhatWas(),
    close: async () => store.close(),
  };
}

const codeOf =
  (code: string) =>
  (error: SluiceError): boolean =>
    error.code === code;

describe('replays', () => {
  it('are counted page after page, then run, and are finished when their lanes are through', async () => {
    const bench = await Bench.open();
    bench.pages = [
      { ...PAGE, next: 40 },
      { ...PAGE, count: 2 },
    ];
    const { id } = await bench.create({ filter: { name: 'a' } });
    assert.deepEqual(bench.asked, [null, 40]);
    const running = await bench.replays.get(id);
    assert.deepEqual([running.state, running.events, running.lanes], ['running', 7, [`crm@${id}`]]);
    assert.deepEqual(
      bench.told.at(-1)?.map(({ query, positions, upTo }) => [query, positions, upTo]),
      [[{ name: 'a' }, null, 100]],
    );
    bench.isThrough = true;
    bench.progress = { ...NO_PROGRESS, delivered: 7 };
    await bench.ambient.advance(1_000);
    const finished = await bench.replays.get(id);
    assert.deepEqual([finished.state, finished.progress.delivered], ['finished', 7]);
    assert.deepEqual(bench.told.at(-1), []);
    assert.deepEqual(bench.failures, []);
  });

  it('are given their events where those were looked for one by one, in the order of the log', async () => {
    const bench = await Bench.open();
    bench.pages = [
      { count: 2, positions: [90, 80], next: 80 },
      { count: 1, positions: [7], next: null },
    ];
    await bench.create();
    assert.deepEqual(bench.told.at(-1)?.[0]?.positions, Float64Array.of(7, 80, 90));
    await bench.start();
    assert.deepEqual(bench.replays.slices[0]?.positions, Float64Array.of(7, 80, 90));
  });

  it('are counted anew after a crash that came before they ran, and go on after one that came later', async () => {
    const bench = await Bench.open();
    bench.hold();
    const { id } = await bench.create();
    assert.equal((await bench.replays.get(id)).state, 'counting');
    await bench.start();
    await bench.letGo();
    assert.equal((await bench.replays.get(id)).events, 5);
    await bench.start();
    assert.deepEqual(
      bench.replays.slices.map((slice) => slice.id),
      [id],
    );
    assert.deepEqual(bench.asked, [null, null]);
  });

  it('are counted one after the other', async () => {
    const bench = await Bench.open();
    bench.hold();
    const [one, two] = [await bench.create(), await bench.create()];
    assert.equal(bench.asked.length, 1);
    await bench.letGo();
    assert.deepEqual(
      [one, two].map(({ id }) => bench.replays.list().find((each) => each.id === id)?.state),
      ['running', 'running'],
    );
  });

  it('rest while the index is on its way', async () => {
    const bench = await Bench.open();
    bench.pages = [{ count: 0, positions: [], next: 101 }, { count: 0, positions: [], next: 101 }, PAGE];
    const { id } = await bench.create({ filter: { user: 'ann' } });
    assert.deepEqual(bench.asked, [null, 101]);
    await bench.ambient.advance(200);
    assert.deepEqual(bench.asked, [null, 101, 101]);
    assert.equal((await bench.replays.get(id)).state, 'running');
  });

  it('end without lanes when there is nothing to send, or too much to look for', async () => {
    const bench = await Bench.open();
    bench.pages = [{ ...PAGE, count: 0 }];
    const empty = await bench.create();
    assert.equal((await bench.replays.get(empty.id)).state, 'finished');
    const positions = Array.from({ length: 600_000 }, (_, index) => index);
    bench.pages = [{ count: 600_000, positions, next: 1 }];
    const large = await bench.create();
    const { state, reason } = await bench.replays.get(large.id);
    assert.deepEqual([state, reason], ['cancelled', 'too_many_events']);
    assert.deepEqual(bench.told, []);
  });

  it('are cancelled while they are counted, run or are paused, and once only', async () => {
    const bench = await Bench.open();
    bench.hold();
    const counted = await bench.create();
    await assert.rejects(bench.replays.pause(counted.id, bench.noted), codeOf('replay_counting'));
    assert.equal((await bench.replays.cancel(counted.id, bench.noted)).state, 'cancelled');
    await bench.letGo();
    assert.equal((await bench.replays.get(counted.id)).state, 'cancelled');
    const { id } = await bench.create();
    assert.equal((await bench.replays.pause(id, bench.noted)).state, 'paused');
    assert.equal(bench.told.at(-1)?.[0]?.isPaused, true);
    assert.equal((await bench.replays.resume(id, bench.noted)).state, 'running');
    bench.progress = { ...NO_PROGRESS, delivered: 2, cancelled: 1 };
    const cancelled = await bench.replays.cancel(id, bench.noted);
    assert.deepEqual(
      [cancelled.state, cancelled.reason, cancelled.progress],
      ['cancelled', 'cancelled', bench.progress],
    );
    await assert.rejects(bench.replays.cancel(id, bench.noted), codeOf('replay_ended'));
    await assert.rejects(bench.replays.resume('rpl_x', bench.noted), codeOf('replay_not_found'));
    // What was refused was not begun, and has no entry.
    assert.deepEqual(
      bench.actions.map(({ action }) => action.replace('replay.', '')),
      ['create', 'cancel', 'create', 'pause', 'resume', 'cancel'],
    );
    assert.deepEqual(bench.actions[2], { action: 'replay.create', subject: id, after: { destination: 'crm' } });
  });

  it('are neither made nor changed when it cannot be noted', async () => {
    const bench = await Bench.open();
    const { id } = await bench.create();
    const told = bench.told.length;
    bench.trouble = new SluiceError('store_full');
    await assert.rejects(bench.create(), codeOf('store_full'));
    for (const verb of ['pause', 'resume', 'cancel'] as const)
      await assert.rejects(bench.replays[verb](id, bench.noted), codeOf('store_full'));
    assert.deepEqual(
      bench.replays.list().map(({ id: each, state }) => [each, state]),
      [[id, 'running']],
    );
    assert.equal(bench.told.length, told);
  });

  it('are over when their destination is gone or disabled', async () => {
    const bench = await Bench.open();
    const { id } = await bench.create();
    bench.destinations = [];
    await bench.ambient.advance(1_000);
    const { state, reason } = await bench.replays.get(id);
    assert.deepEqual([state, reason], ['cancelled', 'destination_gone']);
    await assert.rejects(bench.create(), codeOf('destination_not_found'));
    bench.destinations = [{ ...makeDestination('crm', ['/crm']), enabled: false }];
    await assert.rejects(bench.create(), codeOf('destination_disabled'));
  });

  it('are so many at once at most', async () => {
    const bench = await Bench.open();
    for (let made = 0; made < replaysAtOnceMax; made += 1) await bench.create();
    await assert.rejects(bench.create(), codeOf('too_many_replays'));
    const [newest] = bench.replays.list();
    assert.ok(newest !== undefined);
    await bench.replays.cancel(newest.id, bench.noted);
    await bench.create();
  });

  it('are of the sources that the destination has, or of one that is asked for and there', async () => {
    const bench = await Bench.open();
    assert.deepEqual((await bench.create()).sources, ['web']);
    assert.deepEqual((await bench.create({ filter: { source: 'web' } })).sources, ['web']);
    await assert.rejects(bench.create({ filter: { source: 'app' } }), codeOf('source_not_found'));
  });
});
