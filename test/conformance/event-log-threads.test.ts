import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  openPatientEventReader,
  openSqliteEventLog,
  type SqliteEventLog,
} from '../../src/adapters/sql/sqlite-event-log.ts';
import { makeSystemAmbient } from '../../src/adapters/system/ambient.ts';
import type { NewEvent, Slice } from '../../src/domain/event.ts';
import { SimulatedAmbient } from '../support/simulated-ambient.ts';
import type { FollowerAsk, FollowerReport, FollowerStart } from './event-log.follower.ts';
import { assertSeamless } from './event-log.subject.ts';

let made = 0;
const makeEvents = (count: number): NewEvent[] =>
  Array.from({ length: count }, () => ({
    source: 'src_web',
    type: 'track',
    messageId: `message-${made++}`,
    name: null,
    user: null,
    receivedAtMs: Date.now(),
    integrations: null,
    body: JSON.stringify({ padding: 'x'.repeat(300) }),
  }));

/** The follower's thread, and what it reported. */
class FollowerThread {
  readonly slices: Slice[] = [];
  readonly #worker: Worker;
  #onReport: () => void = () => undefined;
  #following: { epoch: number; after: number } | null = null;
  #page: Slice | null = null;

  constructor(folder: string, log: SqliteEventLog) {
    const tail = log.tailPort();
    this.#worker = new Worker(join(import.meta.dirname, 'event-log.follower.ts'), {
      workerData: { folder, tail } satisfies FollowerStart,
      transferList: [tail],
    });
    this.#worker.on('message', (report: FollowerReport) => {
      if (report.kind === 'following') this.#following = report;
      if (report.kind === 'slice') this.slices.push(report.slice);
      if (report.kind === 'page') this.#page = report.page;
      this.#onReport();
    });
  }

  async following(): Promise<{ epoch: number; after: number }> {
    return this.#awaitFact(() => this.#following);
  }

  async until(position: number): Promise<void> {
    await this.#awaitFact(() => ((this.slices.at(-1)?.upTo ?? 0) >= position ? true : null));
  }

  async read(): Promise<Slice> {
    this.#page = null;
    this.#ask({ kind: 'read', sources: ['src_web'] });
    return this.#awaitFact(() => this.#page);
  }

  async close(): Promise<void> {
    const exited = once(this.#worker, 'exit');
    this.#ask({ kind: 'close' });
    await exited;
  }

  #ask(ask: FollowerAsk): void {
    this.#worker.postMessage(ask);
  }

  async #awaitFact<T>(look: () => T | null): Promise<T> {
    for (let fact = look(); ; fact = look()) {
      if (fact !== null) return fact;
      await new Promise<void>((resolve) => (this.#onReport = resolve));
    }
  }
}

describe('event log, SQLite on disk: another thread', () => {
  let folder: string;
  let log: SqliteEventLog;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-log-'));
    log = await openSqliteEventLog({
      folder,
      ambient: makeSystemAmbient(),
      limits: { segmentBytesMax: 64 * 1024 },
      onFailure: (error) => {
        throw error;
      },
    });
  });

  afterEach(async () => {
    await log.close();
    await rm(folder, { recursive: true });
  });

  it('follows the tail without gaps while calls are concurrent and segments end', async () => {
    await log.append(makeEvents(7));
    const follower = new FollowerThread(folder, log);
    const { epoch, after } = await follower.following();
    assert.deepEqual({ epoch, after }, { epoch: log.epoch, after: 7 });
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 10 }, async () => log.append(makeEvents(1 + (round % 5)))));
    }
    const { end } = await log.extent();
    await follower.until(end);
    assertSeamless(follower.slices, 7);
    assert.ok((await readdir(folder)).filter((name) => name.endsWith('.db')).length > 2);
    assert.deepEqual(
      await follower.read(),
      await log.read({ sources: new Set(['src_web']), after: 0, eventsMax: 1e6, charsMax: 1e9 }),
    );
    await follower.close();
  });

  it('reads on while segments that it holds open are pruned', async (t) => {
    const follower = new FollowerThread(folder, log);
    t.after(async () => follower.close());
    await follower.following();
    for (let commit = 0; commit < 6; commit++) await log.append(makeEvents(300));
    await follower.until(1_800);
    assert.equal((await follower.read()).events.length, 1_800);
    await log.prune(1_501);
    await log.append(makeEvents(1));
    await follower.until(1_801);
    assert.deepEqual(
      (await follower.read()).events.map(({ position }) => position),
      Array.from({ length: 301 }, (_, index) => 1_501 + index),
    );
    // The system may still be freeing the room of what is gone.
    const left = (await readdir(folder)).filter((name) => !name.endsWith('.gone')).map((name) => name.slice(0, 16));
    assert.deepEqual([...new Set(left)], ['0000000000001501', '0000000000001801']);
  });

  it('sees erased events empty', async () => {
    await log.append(makeEvents(3));
    const follower = new FollowerThread(folder, log);
    assert.equal((await follower.following()).after, 3);
    await log.erase([2]);
    assert.deepEqual(
      (await follower.read()).events.map(({ body }) => body === ''),
      [false, true, false],
    );
    await follower.close();
  });

  it('hears of what is new through a patient reader only when that looks, by itself or asked to', async () => {
    await log.append(makeEvents(3));
    const ambient = new SimulatedAmbient();
    const options = { folder, tail: log.tailPort(), ambient, onFailure: assert.ifError, lookEveryMs: 200 };
    const { log: reader, look } = await openPatientEventReader(options);
    const slices: Slice[] = [];
    await reader.follow((slice) => slices.push(slice));
    const endNow = async (): Promise<number> => (await reader.extent()).end;
    // More than one segment, each of which is news of its own.
    for (let commit = 0; commit < 6; commit++) await log.append(makeEvents(100));
    assert.equal(await endNow(), 3);
    look();
    assert.equal(await endNow(), 603);
    await log.append(makeEvents(1));
    assert.equal(await endNow(), 603);
    await ambient.advance(200);
    assert.equal(await endNow(), 604);
    assertSeamless(slices, 3);
    assert.equal(slices.at(-1)?.upTo, 604);
    await reader.close();
  });
});
