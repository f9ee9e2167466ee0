import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { SluiceError } from '../domain/errors.ts';
import type { NewEvent } from '../domain/event.ts';
import { batchBytesMax, batchItemsMax, callBytesMax } from '../domain/limits.ts';
import { makeSource } from '../domain/source.ts';
import { makeWorkspace } from '../domain/workspace.ts';
import type { JsonObject } from '../lib/json-object.ts';
import type { Refusal } from '../ports/telemetry.ts';
import type { IncomingCall } from './incoming-call.ts';
import { makeWholeIngest } from '../../test/support/whole-ingest.ts';

const WEBSITE = makeSource({ id: 'website', name: 'Website', writeKeys: ['wk_web'] });
const SHOP = makeSource({ id: 'shop', name: 'Shop', writeKeys: ['wk_shop'] });
const CLOSED = makeSource({ id: 'closed', name: 'Closed', enabled: false, writeKeys: ['wk_closed'] });

/** An ingest over a log that keeps what it is given, and a workspace that a test can change behind its back. */
function makeBench() {
  const ambient = new SimulatedAmbient();
  const events: NewEvent[] = [];
  const refusals: Refusal[] = [];
  const accepted: string[] = [];
  const failure: { error: Error | null } = { error: null };
  const stored = { workspace: makeWorkspace(1, [WEBSITE, SHOP, CLOSED], []), reads: 0 };
  let workspace = stored.workspace;
  const ingest = makeWholeIngest({
    ambient,
    log: {
      epoch: 1,
      append: async (batch) => {
        await Promise.resolve();
        if (failure.error !== null) throw failure.error;
        events.push(...batch);
        return Float64Array.from(batch, (_event, index) => index + 1);
      },
    },
    workspace: {
      current: () => workspace,
      refresh: async () => {
        stored.reads++;
        await Promise.resolve();
        return (workspace = stored.workspace);
      },
    },
    telemetry: {
      accepted: (_epoch, batch, positions) => {
        assert.equal(batch.length, positions.length);
        accepted.push(...batch.map(({ messageId }) => messageId));
      },
      refused: (refusal) => void refusals.push(refusal),
    },
  });
  const accept = async (call: Partial<IncomingCall>): Promise<void> =>
    ingest.accept({
      route: 'track',
      channel: 'server',
      writeKey: 'wk_web',
      body: { userId: 'u', event: 'Bought' },
      bodyBytes: Buffer.byteLength(JSON.stringify(call.body ?? null)),
      receivedAtMs: ambient.nowMs(),
      ip: null,
      userAgent: null,
      ...call,
    });
  const refuse = (head: Uint8Array): void => {
    const entrance = { route: 'track', channel: 'server', writeKey: 'wk_web', receivedAtMs: ambient.nowMs() } as const;
    ingest.refuse(entrance, new SluiceError('malformed_json'), head);
  };
  const reasons = (): (string | null)[][] => refusals.map(({ source, reason, type }) => [source, reason, type]);
  return { ambient, accept, refuse, events, accepted, refusals, reasons, failure, stored };
}

const batch = (...items: unknown[]): Partial<IncomingCall> => ({ route: 'batch', body: { batch: items } });
const track = (messageId: string): Record<string, unknown> => ({
  type: 'track',
  userId: 'u',
  event: 'Bought',
  messageId,
});

describe('ingest', () => {
  it('stores a call as an event of the source of its write key, and tells that it did', async () => {
    const { accept, events, accepted, refusals } = makeBench();
    await accept({ body: { userId: 'u', event: 'Bought', messageId: 'm1' } });
    assert.deepEqual(
      events.map(({ source, type, messageId }) => [source, type, messageId]),
      [['website', 'track', 'm1']],
    );
    assert.deepEqual(accepted, ['m1']);
    assert.deepEqual(refusals, []);
  });

  it('takes the type of a single call from the route', async () => {
    const { accept, events } = makeBench();
    await accept({ route: 'identify', body: { type: 'track', userId: 'u' } });
    assert.equal(events[0]?.type, 'identify');
    assert.equal((JSON.parse(events[0].body) as { type: string }).type, 'identify');
  });

  it('gives all items of a batch one receivedAt, and none the messageId of the envelope', async () => {
    const { accept, events } = makeBench();
    const body = { messageId: 'envelope', sentAt: null, batch: [track('m1'), { ...track(''), messageId: undefined }] };
    await accept({ route: 'batch', body });
    assert.equal(new Set(events.map(({ receivedAtMs }) => receivedAtMs)).size, 1);
    assert.deepEqual(
      events.map(({ messageId }) => messageId === 'envelope'),
      [false, false],
    );
    assert.equal(events[0]?.messageId, 'm1');
  });

  it('judges the items of a batch one by one, and stores the good ones', async () => {
    const { accept, events, reasons } = makeBench();
    await accept(
      batch(track('m1'), { type: 'track', userId: 'u' }, 7, { userId: 'u' }, { type: 'Track' }, track('m2')),
    );
    assert.deepEqual(
      events.map(({ messageId }) => messageId),
      ['m1', 'm2'],
    );
    assert.deepEqual(reasons(), [
      ['website', 'event_not_defined', 'track'],
      ['website', 'item_not_object', null],
      ['website', 'type_unknown', null],
      ['website', 'type_unknown', null],
    ]);
  });

  it('takes no notice of deletion from a library, by whatever route', async () => {
    const { accept, events, reasons } = makeBench();
    await accept(batch({ type: 'delete', userId: 'u', messageId: 'm1' }));
    assert.deepEqual([events, reasons()], [[], [['website', 'type_unknown', null]]]);
    await accept({ route: 'identify', body: { type: 'delete', userId: 'u' } });
    assert.deepEqual(
      events.map(({ type, body }) => [type, (JSON.parse(body) as { type: string }).type]),
      [['identify', 'identify']],
    );
  });

  it('refuses an empty batch and one of too many items as a whole', async () => {
    const { accept, events, reasons } = makeBench();
    await accept(batch());
    await accept({ ...batch(), writeKey: null });
    await accept(batch(...Array.from({ length: batchItemsMax + 1 }, () => track('m'))));
    assert.deepEqual(events, []);
    assert.deepEqual(reasons(), [
      ['website', 'empty_batch', null],
      [null, 'empty_batch', null],
      ['website', 'too_many_items', null],
    ]);
    await accept(batch(...Array.from({ length: batchItemsMax }, () => track('m'))));
    assert.equal(events.length, batchItemsMax);
  });

  it('refuses an item over the limit of a call alone', async () => {
    const { accept, events, reasons } = makeBench();
    const sized = (bytes: number, messageId: string): Record<string, unknown> => {
      const item = { ...track(messageId), pad: '' };
      return { ...item, pad: `é${'x'.repeat(bytes - JSON.stringify(item).length - 2)}` };
    };
    await accept(batch(sized(callBytesMax, 'fits'), sized(callBytesMax + 1, 'over'), track('small')));
    assert.deepEqual(
      events.map(({ messageId }) => messageId),
      ['fits', 'small'],
    );
    assert.deepEqual(reasons(), [['website', 'item_too_large', 'track']]);
  });
});

describe('the write key', () => {
  it("of the header goes before that of the envelope, and that before the items' own", async () => {
    const { accept, events } = makeBench();
    const body = { writeKey: 'wk_shop', batch: [{ ...track('m'), writeKey: 'wk_closed' }] };
    await accept({ route: 'batch', body });
    await accept({ route: 'batch', body, writeKey: null });
    assert.deepEqual(
      events.map(({ source }) => source),
      ['website', 'shop'],
    );
  });

  it('of each item counts when there is no other, and of the first for those that have none', async () => {
    const { accept, events, reasons } = makeBench();
    const keyed = (writeKey: string): Record<string, unknown> => ({ ...track(writeKey), writeKey });
    await accept({
      ...batch(keyed('wk_shop'), track('m'), keyed('wk_web'), keyed('wk_no'), keyed('wk_closed')),
      writeKey: null,
    });
    assert.deepEqual(
      events.map(({ source }) => source),
      ['shop', 'shop', 'website'],
    );
    assert.deepEqual(reasons(), [
      [null, 'unknown_source', 'track'],
      ['closed', 'source_disabled', 'track'],
    ]);
  });

  it('of a single call may stand in its body', async () => {
    const { accept, events } = makeBench();
    await accept({ writeKey: null, body: { userId: 'u', event: 'x', writeKey: 'wk_shop' } });
    assert.equal(events[0]?.source, 'shop');
  });

  it('that is unknown, or of a disabled source, refuses the call once and is no error', async () => {
    const { accept, events, reasons } = makeBench();
    await accept({ ...batch(track('m1'), track('m2')), writeKey: 'wk_no' });
    await accept({ writeKey: 'wk_closed' });
    assert.deepEqual(events, []);
    assert.deepEqual(reasons(), [
      [null, 'unknown_source', null],
      ['closed', 'source_disabled', 'track'],
    ]);
  });

  it('that was just issued elsewhere is found, by reading the workspace again at most once a second', async () => {
    const { accept, events, stored, ambient } = makeBench();
    stored.workspace = makeWorkspace(2, [{ ...WEBSITE, writeKeys: ['wk_new'] }], []);
    await Promise.all([accept({ writeKey: 'wk_new' }), accept({ writeKey: 'wk_new' })]);
    assert.deepEqual([events.length, stored.reads], [2, 1]);
    await accept({ writeKey: 'wk_no' });
    assert.equal(stored.reads, 1);
    await ambient.advance(1_000);
    await accept({ writeKey: 'wk_no' });
    assert.equal(stored.reads, 2);
  });

  it('is missing when it stands nowhere', async () => {
    const { accept, reasons } = makeBench();
    for (const writeKey of [undefined, '', 7]) {
      const call = { writeKey: null, body: { userId: 'u', event: 'x', writeKey } };
      await assert.rejects(accept(call), { code: 'write_key_missing' });
    }
    assert.deepEqual(reasons()[0], [null, 'write_key_missing', 'track']);
  });
});

describe('what is told of a refusal', () => {
  it('is the call, its route and the write key that it came with', async () => {
    const { accept, refusals } = makeBench();
    const bad = { type: 'track', userId: 'u' };
    await accept(batch(track('m1'), bad));
    await accept({ writeKey: null, body: { event: 'x', writeKey: 'wk_no' } });
    assert.deepEqual(
      refusals.map(({ route, count, writeKey, subject }) => [route, count, writeKey, subject]),
      [
        ['batch', 1, 'wk_web', bad],
        ['track', 1, 'wk_no', { event: 'x', writeKey: 'wk_no' }],
      ],
    );
  });

  it('is all of a batch that is refused as a whole, and how many calls that are', async () => {
    const { accept, refusals } = makeBench();
    const calls = [track('m1'), track('m2'), track('m3')];
    await accept({ ...batch(...calls), writeKey: 'wk_no' });
    await accept(batch());
    await assert.rejects(accept({ ...batch(...calls), bodyBytes: batchBytesMax + 1 }));
    assert.deepEqual(
      refusals.map(({ reason, count, subject }) => [reason, count, subject]),
      [
        ['unknown_source', 3, calls],
        ['empty_batch', 1, []],
        ['batch_too_large', 3, { batch: calls }],
      ],
    );
  });

  it('is what would have been stored, where the log did not take it', async () => {
    const { accept, events, failure, refusals } = makeBench();
    const calls = [track('m1'), { ...track('m2'), writeKey: 'wk_no' }];
    await accept(batch(...calls));
    const stored = events.map(({ body }): unknown => JSON.parse(body));
    failure.error = new SluiceError('log_busy');
    await assert.rejects(accept(batch(...calls)), { code: 'log_busy' });
    await assert.rejects(accept({ writeKey: null, body: { ...track('m1'), writeKey: 'wk_shop' } }));
    const [whole, single] = refusals;
    assert.deepEqual(
      [whole?.reason, whole?.source, whole?.count, whole?.writeKey],
      ['log_busy', 'website', 2, 'wk_web'],
    );
    assert.deepEqual(whole?.subject, { batch: stored });
    assert.deepEqual([single?.source, single?.count, single?.writeKey], ['shop', 1, 'wk_shop']);
    assert.equal((single?.subject as JsonObject).messageId, 'm1');
  });

  it('is of the source whose write key it has, whatever else is wrong', async () => {
    const { accept, refuse, reasons, refusals } = makeBench();
    await assert.rejects(accept({ route: 'batch', writeKey: null, body: { writeKey: 'wk_shop', batch: 7 } }));
    const head = Buffer.from('{"broken');
    assert.throws(
      () => {
        refuse(head);
      },
      { code: 'malformed_json' },
    );
    assert.deepEqual(reasons(), [
      ['shop', 'batch_not_array', null],
      ['website', 'malformed_json', 'track'],
    ]);
    assert.equal(refusals[1]?.subject, head);
  });

  it('says by the context of the batch whether consent was said', async () => {
    const { accept, events, reasons } = makeBench();
    const said = { consent: { categoryPreferences: { ads: false } } };
    const call = { ...track('m1'), event: 'Segment Consent Preference Updated' };
    await accept({ route: 'batch', body: { batch: [call], context: said } });
    await accept({ route: 'batch', body: { batch: [call] } });
    assert.equal(events.length, 1);
    assert.deepEqual(reasons(), [['website', 'consent_categorypreferences_should_exist', 'track']]);
  });
});

describe('a call that is answered with an error', () => {
  const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
  const mistakes: readonly (readonly [what: string, code: string, call: Partial<IncomingCall>])[] = [
    ['is not an object', 'not_an_object', { body: [] }],
    ['is null', 'not_an_object', { body: null }],
    ['has no array of calls', 'batch_not_array', { route: 'batch', body: { batch: {} } }],
    ['is nested one level too deep', 'too_deep', { route: 'batch', body: nested(1_001) }],
    ['is nested 100,000 levels deep', 'too_deep', { route: 'batch', body: nested(100_000), bodyBytes: 500_000 }],
    ['has no write key', 'write_key_missing', { writeKey: null }],
  ];
  for (const [what, code, call] of mistakes) {
    it(`${what}: ${code}, which the short routes swallow`, async () => {
      const { accept, reasons, events } = makeBench();
      await assert.rejects(accept(call), { code });
      await accept({ ...call, channel: 'client' });
      assert.deepEqual(
        reasons().map(([, reason]) => reason),
        [code, code],
      );
      assert.deepEqual(events, []);
    });
  }

  it('is too large: told on the short routes too', async () => {
    const { accept, events } = makeBench();
    for (const channel of ['client', 'server'] as const) {
      await assert.rejects(accept({ channel, bodyBytes: callBytesMax + 1 }), { code: 'call_too_large' });
      const large = { ...batch(track('m')), channel, bodyBytes: batchBytesMax + 1 };
      await assert.rejects(accept(large), { code: 'batch_too_large' });
    }
    await accept({ bodyBytes: callBytesMax });
    await accept({ ...batch(track('m')), bodyBytes: batchBytesMax });
    assert.equal(events.length, 2);
  });

  it('could not be stored: told on every route, once, and nothing is said of its items', async () => {
    const { accept, failure, reasons, accepted } = makeBench();
    failure.error = new SluiceError('log_full');
    for (const channel of ['client', 'server'] as const) {
      await assert.rejects(accept({ ...batch(track('m'), 7), channel }), { code: 'log_full' });
    }
    assert.deepEqual(reasons(), [
      ['website', 'log_full', null],
      ['website', 'log_full', null],
    ]);
    assert.deepEqual(accepted, []);
  });

  it('met a bug: thrown on as it is', async () => {
    const { accept, failure, reasons } = makeBench();
    failure.error = new RangeError('a bug');
    await assert.rejects(accept({ channel: 'client' }), RangeError);
    assert.deepEqual(reasons(), []);
  });
});
