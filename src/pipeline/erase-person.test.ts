import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { openSqliteErasureStore } from '../adapters/sql/erasure-store.ts';
import { openSqliteEventIndex } from '../adapters/sql/event-index.ts';
import { openSqliteEventLog } from '../adapters/sql/sqlite-event-log.ts';
import type { Erasure, ErasureRequest } from '../domain/erasure.ts';
import { SluiceError } from '../domain/errors.ts';
import type { NewEvent, Position } from '../domain/event.ts';
import { Eraser } from './erase-person.ts';
import { PersonFinder } from './find-person.ts';
import { EventIndexer } from './index-events.ts';

const ANN: ErasureRequest = { field: 'userId', person: 'ann', suppress: false };

const event = (number: number, ids: object): NewEvent => ({
  ...{ source: 'web', type: 'track', messageId: `m${number}`, name: 'e', integrations: null },
  user: 'userId' in ids ? String(ids.userId) : null,
  body: JSON.stringify({ type: 'track', ...ids }),
  receivedAtMs: 1_767_225_600_000 + number,
});

/** A log in memory with its index, and an eraser whose steps are written down, and fail when a test says so. */
async function open(context: TestContext) {
  const ambient = new SimulatedAmbient();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-erase-'));
  const log = await openSqliteEventLog({ folder: ':memory:', ambient, onFailure: assert.ifError });
  const index = openSqliteEventIndex({ file: join(folder, 'index.db'), epoch: log.epoch, end: 0 });
  const troubles: string[] = [];
  const telemetry = { trouble: (what: string) => void troubles.push(what) };
  const indexer = new EventIndexer({ log, index, ambient, telemetry, onFailure: assert.ifError });
  await indexer.start();
  const store = openSqliteErasureStore({ file: join(folder, 'erasure.db') });
  const people = new PersonFinder({ log, index, indexer });
  const steps: string[] = [];
  const failures: unknown[] = [];
  /** What the next step of this name rejects, so many times. */
  const faults = new Map<string, { error: Error; times: number }>();
  const did = (step: string): void => {
    const fault = faults.get(step.split(' ')[0]!);
    if (fault !== undefined && fault.times > 0) {
      fault.times -= 1;
      throw fault.error;
    }
    steps.push(step);
  };
  const makeEraser = (): Eraser =>
    new Eraser({
      ...{ store, ambient, telemetry, people },
      log: {
        append: async (events) => log.append(events),
        extent: async () => log.extent(),
        erase: async (positions) => {
          did(`log ${String(positions.length)}`);
          await log.erase(positions);
        },
      },
      lanes: {
        erase: async (positions) => {
          did(`lanes ${String(positions.length)}`);
          return Promise.resolve();
        },
      },
      replays: {
        erase: async (person) => {
          did(`replays ${person}`);
          return Promise.resolve();
        },
      },
      refusals: {
        flush: async () => Promise.resolve(),
        erase: async (person) => {
          did(`refusals ${person}`);
          return Promise.resolve(2);
        },
      },
      onFailure: (error) => failures.push(error),
    });
  const eraser = makeEraser();
  context.after(async () => {
    await indexer.stop();
    await store.close();
    await log.close();
    rmSync(folder, { recursive: true });
    assert.deepEqual(failures, []);
  });
  const bodies = async (positions: Iterable<Position>): Promise<readonly boolean[]> => {
    const events = await log.get([...positions]);
    return [...events.values()].map(({ body }) => body !== '');
  };
  const shown = async ({ number }: Erasure): Promise<Erasure> => {
    const found = await store.get(number);
    assert.ok(found !== null);
    return found;
  };
  const until = async (erasure: Erasure, state: string): Promise<Erasure> => {
    for (let turn = 0; turn < 2_000; turn += 1) {
      const now = await shown(erasure);
      if (now.state === state) return now;
      await ambient.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error(`it did not come to be ${state}`);
  };
  return { ambient, log, people, store, eraser, makeEraser, steps, faults, troubles, bodies, shown, until };
}

describe('an erasure', () => {
  it('erases the events of a person under each of their ids, and nobody else', async (context) => {
    const { log, eraser, steps, bodies, until } = await open(context);
    const ids = [
      { userId: 'ann' },
      { userId: 'bob', anonymousId: 'ann' },
      { userId: 'annabel' },
      { anonymousId: 'x', previousId: 'ann' },
      { userId: 'bob', properties: { userId: 'ann' } },
    ];
    const positions = await log.append(ids.map((each, number) => event(number, each)));
    const end = await until(await eraser.ask(ANN), 'finished');
    assert.deepEqual([end.found, end.erased, end.refused], [3, 3, 2]);
    assert.deepEqual(await bodies(positions), [false, false, true, false, true]);
    assert.deepEqual(steps, ['replays ann', 'log 3', 'lanes 3', 'refusals ann']);
  });

  it('goes through many in steps, and finishes without any', async (context) => {
    const { log, eraser, steps, until } = await open(context);
    await log.append(Array.from({ length: 600 }, (_, number) => event(number, { userId: 'ann' })));
    const [ann, nobody] = [await eraser.ask(ANN), await eraser.ask({ ...ANN, person: 'nobody' })];
    assert.equal((await until(nobody, 'finished')).found, 0);
    const end = await until(ann, 'finished');
    assert.deepEqual([end.found, end.erased], [600, 600]);
    assert.ok(steps.filter((step) => step.startsWith('log')).length >= 3);
  });

  it('is made again each second, and told once, while something is in its way', async (context) => {
    const { log, eraser, steps, faults, troubles, until } = await open(context);
    await log.append([event(1, { userId: 'ann' })]);
    faults.set('log', { error: new SluiceError('file_pinned', { file: 'x' }), times: 3 });
    faults.set('lanes', { error: new SluiceError('store_full', {}), times: 1 });
    const end = await until(await eraser.ask(ANN), 'finished');
    assert.deepEqual([end.found, end.erased], [1, 1]);
    assert.deepEqual(steps, ['replays ann', 'log 1', 'lanes 1', 'refusals ann']);
    assert.equal(troubles.length, 2);
  });

  it('goes on where it was after a stop, over what may be half erased too', async (context) => {
    const { log, eraser, makeEraser, steps, faults, bodies, shown, until } = await open(context);
    const positions = await log.append([1, 2, 3].map((number) => event(number, { userId: 'ann' })));
    faults.set('lanes', { error: new SluiceError('store_full', {}), times: Infinity });
    const erasure = await eraser.ask(ANN);
    await until(erasure, 'running');
    for (let turn = 0; turn < 100 && !steps.includes('log 3'); turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    await eraser.stop();
    assert.deepEqual(await bodies(positions), [false, false, false]);
    const half = await shown(erasure);
    assert.deepEqual([half.state, half.found, half.erased], ['running', 3, 0]);
    faults.clear();
    const next = makeEraser();
    next.start();
    const end = await until(erasure, 'finished');
    assert.deepEqual([end.found, end.erased], [3, 3]);
    assert.deepEqual(steps.slice(-4), ['replays ann', 'log 3', 'lanes 3', 'refusals ann']);
    await next.stop();
  });

  it('looks for nothing where the index has not come yet, though it is as far as it knows of', async (context) => {
    const { log, people } = await open(context);
    await log.append([event(1, { userId: 'ann' })]);
    const { end } = await log.extent();
    const ask = { person: 'ann', withErased: false };
    assert.equal(await people.find({ ...ask, before: end + 2 }), null);
    assert.equal((await people.find({ ...ask, before: end + 1 }))?.positions.length, 1);
  });
});
