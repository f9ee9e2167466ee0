/** What operators change by the management API takes effect with the next event, under load, and over a kill. */
import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { z } from 'zod';
import type { auditEntry } from '../../src/contract/audit.ts';
import type { ShownDestination } from '../../src/contract/destinations.ts';
import { literalSignature } from '../../src/domain/webhook-signature.ts';
import { ApiOperator } from '../support/api-operator.ts';
import { CrashLoad, numberOf } from '../support/crash-load.ts';
import { messageIdOf, messageIdsOf, requestsAt } from '../support/received.ts';
import { openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const NETWORK = { network: { allow: ['127.0.0.0/8'] }, storage: { reserve: '0B' } };

/** One for all of these tests: each has sources and destinations of its own. */
let sluice: SluiceProcess;
let receiver: Receiver;
let ann: ApiOperator;

before(async () => {
  receiver = await openReceiver();
  sluice = await SluiceProcess.start({ config: { ...NETWORK, sources: [], destinations: [] }, keepsPort: true });
  ann = await ApiOperator.named(sluice, 'ann', 'admin');
});
after(async () => {
  await sluice.close();
  await receiver.close();
});

const at = (path: string): readonly ReceivedRequest[] => requestsAt(receiver, path);

/** Resolves when no destination is owed anything. */
async function untilNothingIsOwed(): Promise<void> {
  for (;;) {
    const { data } = await ann.does<{ data: readonly ShownDestination[] }>('GET', '/destinations');
    if (data.every(({ owed }) => owed?.waiting === 0 && owed.inFlight === 0)) return;
  }
}

async function track(writeKey: string, messageId: string): Promise<void> {
  const { status } = await post(sluice.url, '/v1/track', { userId: 'u', event: 'E', messageId }, { writeKey });
  assert.equal(status, 200);
}

/** A source with destinations of these settings, and load on it. */
async function scene(t: TestContext, destinations: Readonly<Record<string, object>> = {}) {
  const key = `wk_${t.name.replaceAll(/\W/g, '_')}`;
  const source = (await ann.does('POST', '/sources', { writeKeys: [key] })).id;
  const ids = new Map<string, string>();
  for (const [name, settings] of Object.entries(destinations))
    ids.set(name, (await ann.does('POST', '/destinations', { name, sources: [source], settings })).id);
  const load = new CrashLoad(key, 2);
  load.up(sluice.url);
  t.after(async () => load.finish());
  await load.acknowledgedMore(100);
  const of = (name: string): string => `/destinations/${ids.get(name) ?? name}`;
  return { source, load, of };
}

describe('a destination, while events come all the time', () => {
  it('gets everything that begins after the answer that it was made, and nothing after the one that it is gone', async (t) => {
    const { source, load } = await scene(t);
    const settings = { webhookUrl: receiver.url('/late') };
    const made: { readonly path: string; readonly from: number }[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { id } = await ann.does('POST', '/destinations', {
        sources: [source],
        settings: { webhookUrl: receiver.url(`/${n}`) },
      });
      made.push({ path: `/destinations/${id}`, from: load.begun });
      await load.acknowledgedMore(50);
    }
    const late = await ann.does('POST', '/destinations', { sources: [source], settings });
    await load.acknowledgedMore(50);
    await ann.does('DELETE', `/destinations/${late.id}`);
    const goneFrom = load.begun;
    await load.acknowledgedMore(100);
    await load.finish();
    await untilNothingIsOwed();
    for (const [n, { from }] of made.entries())
      assert.deepEqual(load.missing(messageIdsOf(at(`/${n}`)), from), [], `destination ${n}`);
    assert.ok(at('/late').length > 0);
    assert.deepEqual(load.begunFrom(goneFrom, messageIdsOf(at('/late'))), []);
  });

  it('moves to another URL, and loses nothing on the way', async (t) => {
    const { load, of } = await scene(t, { Moved: { webhookUrl: receiver.url('/old') } });
    await ann.does('PATCH', of('Moved'), { settings: { webhookUrl: receiver.url('/new') } });
    const from = load.begun;
    await load.acknowledgedMore(200);
    await load.finish();
    await untilNothingIsOwed();
    const [old, now] = [at('/old'), at('/new')];
    assert.deepEqual(load.missing(messageIdsOf(old, now)), []);
    assert.deepEqual(load.missing(messageIdsOf(now), from), []);
    assert.ok(old.length > 0);
    assert.deepEqual(load.begunFrom(from, messageIdsOf(old)), [], 'goes by what was answered before it began');
  });

  it('gets one webhook more, and one less, while the others go on', async (t) => {
    const [first, second] = [{ url: receiver.url('/first') }, { url: receiver.url('/second') }];
    const { load, of } = await scene(t, { Several: { webhooks: [first] } });
    await ann.does('PATCH', of('Several'), { delivery: { success: 'every' } });
    await ann.does('PATCH', of('Several'), { settings: { webhooks: [first, second] } });
    const from = load.begun;
    await load.acknowledgedMore(100);
    await ann.does('PATCH', of('Several'), { settings: { webhooks: [second] } });
    const until = load.begun;
    await load.acknowledgedMore(100);
    await load.finish();
    await untilNothingIsOwed();
    const [firsts, seconds] = [at('/first'), at('/second')];
    assert.deepEqual(load.missing(messageIdsOf(seconds), from), []);
    assert.deepEqual(load.missing(messageIdsOf(firsts), 0, from), []);
    assert.deepEqual(load.begunFrom(until, messageIdsOf(firsts)), []);
  });

  it('is signed with both secrets during a rotation, and with the new one after it', async (t) => {
    const settings = { webhookUrl: receiver.url('/signed'), sharedSecret: 'keep-me-1' };
    const { load, of } = await scene(t, { Signed: settings });
    const shown = await ann.does<ShownDestination>('PATCH', of('Signed'), { settings: { sharedSecret: 'keep-me-2' } });
    const rotating = load.begun;
    assert.equal(shown.settings.sharedSecret, '***');
    assert.notEqual(shown.rotation, null);
    await load.acknowledgedMore(100);
    const promoted = await ann.does<ShownDestination>('POST', `${of('Signed')}/promote-secret`);
    const rotated = load.begun;
    assert.equal(promoted.rotation, null);
    await load.acknowledgedMore(100);
    await load.finish();
    await untilNothingIsOwed();
    const requests = at('/signed');
    assert.deepEqual(load.missing(messageIdsOf(requests)), []);
    const found = new Set<string>();
    for (const request of requests) {
      const number = numberOf(messageIdOf(request));
      const kind = number >= rotated ? 'after' : number >= rotating ? 'during' : 'before';
      found.add(`${kind}: ${await signaturesOf(request)}`);
    }
    // Events that began before the answer may be signed in the old or in the new way: they were in flight then.
    assert.ok(found.has('before: keep-me-1'), [...found].join(', '));
    assert.ok(found.has('during: keep-me-1, next keep-me-2'), [...found].join(', '));
    assert.ok(!found.has('during: keep-me-1'), [...found].join(', '));
    assert.deepEqual(
      [...found].filter((each) => each.startsWith('after')),
      ['after: keep-me-2'],
    );
  });

  it('waits while it is paused, and gets all of it when it is resumed', async (t) => {
    const { load, of } = await scene(t, { Paused: { webhookUrl: receiver.url('/paused') } });
    await ann.does('POST', `${of('Paused')}/pause`, {});
    let inFlight = 1;
    while (inFlight > 0) inFlight = (await ann.does<ShownDestination>('GET', of('Paused'))).owed?.inFlight ?? 1;
    const before = at('/paused').length;
    await load.acknowledgedMore(100);
    assert.equal(at('/paused').length, before);
    await ann.does('POST', `${of('Paused')}/resume`, {});
    await load.acknowledgedMore(50);
    await load.finish();
    await untilNothingIsOwed();
    assert.deepEqual(load.missing(messageIdsOf(at('/paused'))), []);
  });

  it('gets nothing of the time in which it was disabled, and everything that begins after', async (t) => {
    const { load, of } = await scene(t, { Off: { webhookUrl: receiver.url('/off') } });
    await ann.does('PATCH', of('Off'), { enabled: false });
    const [off, before] = [load.begun, at('/off').length];
    await load.acknowledgedMore(100);
    const until = numberOf([...load.acknowledged].at(-1) ?? '');
    assert.equal(at('/off').length, before);
    await ann.does('PATCH', of('Off'), { enabled: true });
    const on = load.begun;
    await load.acknowledgedMore(100);
    await load.finish();
    await untilNothingIsOwed();
    const came = messageIdsOf(at('/off'));
    assert.deepEqual(load.missing(came, on), []);
    const between = [...came].map(numberOf).filter((number) => number >= off && number <= until - 2);
    assert.deepEqual(between, []);
  });
});

/** The secrets that a request is signed with. */
async function signaturesOf({ headers, rawBody }: ReceivedRequest): Promise<string> {
  const signed = { headers: headers as Record<string, string>, body: new Uint8Array(rawBody) };
  const parts: string[] = [];
  for (const header of ['x-signature', 'x-signature-next'] as const) {
    for (const secret of ['keep-me-1', 'keep-me-2'])
      if ((await literalSignature(signed, secret, header)) === 'valid')
        parts.push(header === 'x-signature' ? secret : `next ${secret}`);
  }
  return parts.join(', ');
}

describe('a source', () => {
  it('accepts calls from the answer on that made it, by the keys and for as long as operators say', async () => {
    const { id } = await ann.does('POST', '/sources', {
      name: 'Shop',
      writeKeys: ['wk_1', { key: 'wk_2', name: 'Bob' }],
    });
    const settings = { webhookUrl: receiver.url('/calls') };
    await ann.does('POST', '/destinations', { name: 'Calls', sources: [id], settings });
    let calls = 0;
    const accepted: string[] = [];
    /** Calls right after a change was answered. */
    const takes = async (writeKey: string, isAccepted: boolean): Promise<void> => {
      for (let n = 0; n < 5; n += 1) {
        const messageId = `call-${calls++}`;
        await track(writeKey, messageId);
        if (isAccepted) accepted.push(messageId);
      }
    };
    await takes('wk_1', true);
    await takes('wk_2', true);
    await ann.does('PATCH', `/sources/${id}`, { enabled: false });
    await takes('wk_1', false);
    await ann.does('PATCH', `/sources/${id}`, { enabled: true });
    await takes('wk_1', true);
    await ann.does('DELETE', `/sources/${id}/write-keys/wk_2`);
    await takes('wk_2', false);
    await takes('wk_1', true);
    const { key } = await ann.does<{ key: string }>('POST', `/sources/${id}/write-keys`, { name: 'Eve' });
    await takes(key, true);
    await untilNothingIsOwed();
    assert.deepEqual(messageIdsOf(at('/calls')), new Set(accepted));
    await ann.does('DELETE', `/sources/${id}`);
    await takes('wk_1', false);
    assert.deepEqual(await refusedOf(15), { source_disabled: 5, unknown_source: 10 });
    assert.equal(at('/calls').length, accepted.length);
  });
});

/** How often calls were refused for what, once so many were: what is refused is written within about a second. */
async function refusedOf(count: number): Promise<Readonly<Record<string, number>>> {
  for (const deadline = performance.now() + 10_000; ;) {
    assert.ok(performance.now() < deadline, 'not in time');
    const { data } = await ann.does<{ data: readonly { reason: string; count: number }[] }>('GET', '/stats/refused');
    const sums: Record<string, number> = {};
    for (const each of data) sums[each.reason] = (sums[each.reason] ?? 0) + each.count;
    if (Object.values(sums).reduce((sum, each) => sum + each, 0) >= count) return sums;
  }
}

describe('the audit trail', () => {
  it('tells who did what, in order, and none of the secrets', async () => {
    const bob = await ApiOperator.named(sluice, 'bob', 'admin');
    const { id: source } = await ann.does('POST', '/sources', { name: 'Shop' });
    const hook = { url: 'https://hook.example/in', headers: { 'X-Team': 'keep-me-1' }, auth: { bearer: 'keep-me-2' } };
    const settings = { webhooks: [hook], sharedSecret: 'keep-me-3' };
    const { id } = await ann.does('POST', '/destinations', { name: 'Hook', sources: [source], settings });
    await bob.does('PATCH', `/destinations/${id}`, {
      settings: { sharedSecret: 'keep-me-4' },
      delivery: { retries: 1 },
    });
    // Nothing changes: nothing to tell.
    await bob.does('PATCH', `/destinations/${id}`, { delivery: { retries: 1 } });
    await bob.does('POST', `/destinations/${id}/promote-secret`);
    await bob.ask('PATCH', `/destinations/${id}`, { name: '' });
    await bob.does('DELETE', `/destinations/${id}?dryRun=true`);
    await ann.does('DELETE', `/sources/${source}`);
    await bob.does('DELETE', `/destinations/${id}`);
    const { data } = await ann.does<{ data: readonly z.output<typeof auditEntry>[] }>('GET', '/audit?limit=200');
    const subjects = [source, id];
    assert.doesNotMatch(JSON.stringify(data), /keep-me/);
    const told = data.toReversed().filter(({ subject }) => subjects.includes(subject));
    assert.deepEqual(
      told.map(({ by, action, subject }) => [by, action, subject]),
      [
        ['token ann', 'source.create', source],
        ['token ann', 'destination.create', id],
        ['token bob', 'destination.update', id],
        ['token bob', 'destination.update', id],
        ['token ann', 'source.delete', source],
        ['token ann', 'destination.update', id],
        ['token bob', 'destination.delete', id],
      ],
    );
    const [created, changed, , gone, without] = [told[1], told[2], told[3], told[4], told[5]];
    assert.deepEqual([created?.before, created?.after?.['name']], [null, 'Hook']);
    assert.notDeepEqual(changed?.before, changed?.after);
    assert.deepEqual([gone?.before?.['name'], gone?.after], ['Shop', null]);
    assert.deepEqual([without?.before?.['sources'], without?.after?.['sources']], [[source], []]);
  });
});

describe('a viewer', () => {
  it('sees everything and changes nothing', async () => {
    const eve = await ApiOperator.named(sluice, 'eve', 'viewer');
    const source = `/sources/${(await ann.does('POST', '/sources', { name: 'Seen', writeKeys: ['wk'] })).id}`;
    const settings = { webhookUrl: 'https://hook.example/', sharedSecret: 'one' };
    const destination = `/destinations/${(await ann.does('POST', '/destinations', { sources: [], settings })).id}`;
    const seen = ['/sources', source, `${source}/write-keys`, '/destinations', destination, '/audit'];
    const before = await Promise.all(seen.map(async (path) => eve.does<object>('GET', path)));
    const refused: readonly (readonly [string, string, object?])[] = [
      ['POST', '/sources', { name: 'Other' }],
      ['PATCH', source, { enabled: false }],
      ['DELETE', source],
      ['DELETE', `${source}?dryRun=true`],
      ['POST', `${source}/write-keys`, {}],
      ['PATCH', `${source}/write-keys/wk`, { name: 'x' }],
      ['DELETE', `${source}/write-keys/wk`],
      ['POST', '/destinations', { sources: [], settings }],
      ['PATCH', destination, { enabled: false }],
      ['DELETE', destination],
      ['POST', `${destination}/promote-secret`],
      ['POST', `${destination}/pause`, {}],
      ['POST', `${destination}/resume`, {}],
      ['POST', `${destination}/test`, {}],
      ['GET', '/tokens'],
    ];
    for (const [method, path, body] of refused)
      assert.equal((await eve.ask(method, path, body)).status, 403, `${method} ${path}`);
    assert.deepEqual(await Promise.all(seen.map(async (path) => ann.does<object>('GET', path))), before);
  });
});

describe('what operators made', () => {
  it('stays as it is when SIGHUP brings a file that declares others', async (t) => {
    const { source, load, of } = await scene(t, {
      Kept: { webhookUrl: receiver.url('/kept'), sharedSecret: 'keep-me-1' },
    });
    const before = [
      await ann.does<object>('GET', `/sources/${source}`),
      (await ann.does<ShownDestination>('GET', of('Kept'))).settings,
    ];
    await sluice.configure({
      ...NETWORK,
      sources: [{ id: 'web', writeKeys: ['wk_web'] }],
      destinations: [{ id: 'crm', sources: ['web'], settings: { webhookUrl: receiver.url('/crm') } }],
    });
    sluice.hangUp();
    await sluice.logged(/"configuration applied"/);
    await load.acknowledgedMore(50);
    await load.finish();
    await track('wk_web', 'of-the-file');
    await untilNothingIsOwed();
    assert.deepEqual(
      [
        await ann.does<object>('GET', `/sources/${source}`),
        (await ann.does<ShownDestination>('GET', of('Kept'))).settings,
      ],
      before,
    );
    assert.deepEqual(load.missing(messageIdsOf(at('/kept'))), []);
    assert.deepEqual(messageIdsOf(at('/crm')), new Set(['of-the-file']));
  });
});
