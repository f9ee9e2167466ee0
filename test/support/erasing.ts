import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openSqliteErasureStore } from '../../src/adapters/sql/erasure-store.ts';
import { openSqliteEventIndex } from '../../src/adapters/sql/event-index.ts';
import { openSqliteEventLog } from '../../src/adapters/sql/sqlite-event-log.ts';
import type { Destination } from '../../src/domain/destination.ts';
import type { Erasure, ErasureRequest } from '../../src/domain/erasure.ts';
import type { LoggedEvent, NewEvent, Position } from '../../src/domain/event.ts';
import { Eraser, type EraserOptions } from '../../src/pipeline/erase-person.ts';
import { EventFinder } from '../../src/pipeline/find-events.ts';
import { PersonFinder } from '../../src/pipeline/find-person.ts';
import { EventIndexer } from '../../src/pipeline/index-events.ts';
import type { FateState } from '../../src/domain/delivery.ts';
import type { Fate } from '../../src/pipeline/trace-event.ts';
import { SimulatedAmbient } from './simulated-ambient.ts';

export const ANN: ErasureRequest = { field: 'userId', person: 'ann', suppress: false, notify: false };

export const event = (number: number, ids: object): NewEvent => ({
  ...{ source: 'web', type: 'track', messageId: `m${number}`, name: 'e', integrations: null },
  user: 'userId' in ids ? String(ids.userId) : null,
  body: JSON.stringify({ type: 'track', ...ids }),
  receivedAtMs: 1_767_225_600_000 + number,
});

/** A log in memory with its index, and an eraser whose steps are written down, and fail when a test says so. */
export async function openErasing(context: TestContext) {
  const ambient = new SimulatedAmbient();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-erase-'));
  const log = await openSqliteEventLog({ folder: ':memory:', ambient, onFailure: assert.ifError });
  const index = openSqliteEventIndex({ file: join(folder, 'index.db'), epoch: log.epoch, end: 0 });
  const troubles: string[] = [];
  const telemetry = { trouble: (what: string) => void troubles.push(what) };
  const indexer = new EventIndexer({ log, index, ambient, telemetry, onFailure: assert.ifError });
  await indexer.start();
  const store = openSqliteErasureStore({ file: join(folder, 'erasure.db') });
  const [people, finder] = [new PersonFinder({ log, index, indexer }), new EventFinder({ log, index, indexer })];
  const failures: unknown[] = [];
  const stage = makeStage();
  const told = makeTold(log, finder);
  const options: EraserOptions = {
    ...{ store, ambient, telemetry, people, ...told.parts, ...stage.parts },
    log: {
      append: async (events) => {
        if (events.length > 0) stage.did(`append ${events.length}`);
        return log.append(events);
      },
      extent: async () => log.extent(),
      erase: async (positions) => {
        stage.did(`log ${positions.length}`);
        await log.erase(positions);
      },
    },
    onFailure: (error) => failures.push(error),
  };
  const makeEraser = (): Eraser => new Eraser(options);
  const eraser = makeEraser();
  context.after(async () => {
    await eraser.stop();
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
  const { steps, faults } = stage;
  return {
    ...told,
    ambient,
    log,
    people,
    store,
    options,
    eraser,
    makeEraser,
    steps,
    faults,
    troubles,
    bodies,
    shown,
    until,
  };
}

/** Parts that write down their steps. */
function makeStage() {
  const steps: string[] = [];
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
  const parts: Pick<EraserOptions, 'lanes' | 'replays' | 'refusals'> = {
    lanes: {
      erase: async (positions) => {
        did(`lanes ${positions.length}`);
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
  };
  return { steps, faults, did, parts };
}

/** Destinations, and what becomes of each `delete` at them, as a test says. */
function makeTold(log: Awaited<ReturnType<typeof openSqliteEventLog>>, finder: EventFinder) {
  const destinations: Destination[] = [];
  const fates = new Map<string, FateState>();
  const addDestination = (id: string, sources: readonly string[], more: Partial<Destination> = {}): void => {
    // Of a destination only what is looked at here.
    destinations.push({ id, sources, enabled: true, ...more } as Destination);
    fates.set(id, 'waiting');
  };
  const events: EraserOptions['events'] = {
    find: finder.find.bind(finder),
    get: async (position: Position) => {
      const found = (await log.get([position])).get(position);
      return found === undefined || found.body === '' ? null : found;
    },
    trace: async ({ source }) => {
      const of = new Set(destinations.filter(({ sources }) => sources.includes(source)).map(({ id }) => id));
      const states = [...fates].filter(([destination]) => of.has(destination));
      return Promise.resolve(
        states.map(([destination, state]): Fate => ({ destination, state, reason: null, deliveries: [] })),
      );
    },
  };
  /** Those that are not erased, oldest first. */
  const notices = async (): Promise<readonly LoggedEvent[]> =>
    (await finder.find({ type: 'delete' }, null, 10)).events.toReversed();
  const parts: Pick<EraserOptions, 'events' | 'destinations'> = { events, destinations: () => destinations };
  return { destinations, addDestination, fates, notices, parts };
}
