import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { openSqliteEventIndex } from '../adapters/sql/event-index.ts';
import { openSqliteEventLog } from '../adapters/sql/sqlite-event-log.ts';
import { SluiceError } from '../domain/errors.ts';
import type { EventQuery } from '../domain/event-query.ts';
import type { NewEvent, Position } from '../domain/event.ts';
import type { EventIndex } from '../ports/event-index.ts';
import { EventFinder } from './find-events.ts';
import { EventIndexer } from './index-events.ts';

function event(number: number, call: object = {}, given: Partial<NewEvent> = {}): NewEvent {
  const messageId = `m${number}`;
  const user = 'userId' in call ? String(call.userId) : 'anonymousId' in call ? String(call.anonymousId) : null;
  const body = JSON.stringify({ type: 'track', messageId, event: 'Bought', ...call });
  return {
    ...{ source: 'website', type: 'track', messageId, name: 'Bought', user, integrations: null, body },
    receivedAtMs: 1_767_225_600_000 + number,
    ...given,
  };
}

/** A log in memory that is indexed, and its finder. */
async function open(context: TestContext) {
  const ambient = new SimulatedAmbient();
  const folder = mkdtempSync(join(tmpdir(), 'sluice-find-'));
  const log = await openSqliteEventLog({ folder: ':memory:', ambient, onFailure: assert.ifError });
  const index = openSqliteEventIndex({ file: join(folder, 'index.db'), epoch: log.epoch, end: 0 });
  const refused: { error: SluiceError | null } = { error: null };
  const faulty: EventIndex = {
    indexedTo: async () => index.indexedTo(),
    index: async (...given) => {
      if (refused.error !== null) throw refused.error;
      return index.index(...given);
    },
    find: async (ask) => index.find(ask),
    forget: async (before) => index.forget(before),
    bytes: async () => index.bytes(),
    close: async () => index.close(),
  };
  const troubles: string[] = [];
  const telemetry = { trouble: (what: string) => void troubles.push(what) };
  const indexer = new EventIndexer({ log, index: faulty, ambient, telemetry, onFailure: assert.ifError });
  const finder = new EventFinder({ log, index, indexer });
  await indexer.start();
  context.after(async () => {
    await indexer.stop();
    await index.close();
    await log.close();
    rmSync(folder, { recursive: true });
  });
  const find = async (query: EventQuery, before: Position | null = null, limit = 100): Promise<readonly string[]> =>
    (await finder.find(query, before, limit)).events.map(({ messageId }) => messageId);
  return { log, index, indexer, finder, ambient, find, refused, troubles };
}

describe('finding events', () => {
  it('finds what was accepted just now', async (context) => {
    const { log, find } = await open(context);
    await log.append([event(1)]);
    assert.deepEqual(await find({ messageId: 'm1' }), ['m1']);
  });

  it('finds a person by each id that a call has, and nobody by what is inside properties', async (context) => {
    const { log, find } = await open(context);
    await log.append([
      event(1, { userId: 'ann', anonymousId: 'a-1' }),
      event(2, { anonymousId: 'a-1' }),
      event(3, { userId: 'ann2', previousId: 'ann', type: 'alias' }, { type: 'alias', name: null }),
      event(4, { userId: 'bob', properties: { anonymousId: 'a-1', previousId: 'ann' } }),
    ]);
    assert.deepEqual(await find({ user: 'ann' }), ['m3', 'm1']);
    assert.deepEqual(await find({ user: 'a-1' }), ['m2', 'm1']);
    assert.deepEqual(await find({ user: 'bob' }), ['m4']);
    assert.deepEqual(await find({ user: 'ANN' }), []);
  });

  it('asks for all that is given', async (context) => {
    const { log, find } = await open(context);
    await log.append([
      event(1, { userId: 'ann' }),
      event(2, { userId: 'ann' }, { source: 'app' }),
      event(3, { userId: 'ann' }, { name: 'Sold' }),
      event(4, { userId: 'bob' }),
      event(5, { userId: 'ann' }, { type: 'page' }),
    ]);
    assert.deepEqual(await find({ user: 'ann', source: 'website', name: 'Bought', type: 'track' }), ['m1']);
    assert.deepEqual(await find({ type: 'track' }), ['m4', 'm3', 'm2', 'm1']);
    assert.deepEqual(await find({ source: 'app', type: 'page' }), []);
  });

  it('keeps to the times that are asked for', async (context) => {
    const { log, find } = await open(context);
    await log.append([1, 2, 3, 4, 5].map((number) => event(number)));
    const at = (number: number): number => event(number).receivedAtMs;
    assert.deepEqual(await find({ fromMs: at(2), toMs: at(4) }), ['m3', 'm2']);
    assert.deepEqual(await find({ fromMs: at(6) }), []);
    assert.deepEqual(await find({ toMs: at(1) }), []);
  });

  it('pages without a gap or a repetition while events arrive', async (context) => {
    const { log, finder } = await open(context);
    await log.append(Array.from({ length: 10 }, (_, at) => event(at + 1)));
    const seen: string[] = [];
    let before: Position | null = null;
    do {
      const page = await finder.find({ name: 'Bought' }, before, 3);
      seen.push(...page.events.map(({ messageId }) => messageId));
      before = page.next;
      await log.append([event(100 + seen.length)]);
    } while (before !== null);
    assert.deepEqual(seen, ['m10', 'm9', 'm8', 'm7', 'm6', 'm5', 'm4', 'm3', 'm2', 'm1']);
  });

  it('looks at so many events a page, and says where to go on', async (context) => {
    const { log, finder } = await open(context);
    const many = Array.from({ length: 5_000 }, (_, at) => event(at + 2, { userId: 'ann' }));
    await log.append([event(1, { userId: 'ann' }, { type: 'page' }), ...many]);
    const query = { user: 'ann', type: 'page' } as const;
    const first = await finder.find(query, null, 10);
    assert.deepEqual([first.events.length, first.next], [0, 5_001 - 2_047]);
    const second = await finder.find(query, first.next, 10);
    const third = await finder.find(query, second.next, 10);
    assert.deepEqual([third.events.map(({ messageId }) => messageId), third.next], [['m1'], null]);
  });

  it('shows nothing that was erased', async (context) => {
    const { log, find } = await open(context);
    const [first = 0] = await log.append([event(1, { userId: 'ann' }), event(2, { userId: 'ann' })]);
    assert.deepEqual(await find({ user: 'ann' }), ['m2', 'm1']);
    await log.erase([first]);
    assert.deepEqual(await find({ user: 'ann' }), ['m2']);
    assert.deepEqual(await find({}), ['m2']);
  });

  it('says that the newest may be missing while the index cannot be written, and finds them afterwards', async (context) => {
    const { log, finder, ambient, refused, troubles } = await open(context);
    refused.error = new SluiceError('store_full', {});
    await log.append([event(1)]);
    assert.deepEqual(await finder.find({}, null, 10), { events: [], next: null, isComplete: false });
    await finder.find({}, null, 10);
    assert.equal(troubles.length, 1);
    refused.error = null;
    await ambient.advance(10_000);
    const { events, isComplete } = await finder.find({}, null, 10);
    assert.deepEqual([events.length, isComplete], [1, true]);
  });
});

describe('the indexer', () => {
  it('indexes by itself what arrives', async (context) => {
    const { log, index, ambient } = await open(context);
    await log.append([event(1), event(2)]);
    await ambient.advance(1_000);
    assert.equal(await index.indexedTo(), 2);
  });
});
