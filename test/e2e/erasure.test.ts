/** Erasing people: afterwards no file of the data folder holds anything of theirs. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { askApi } from '../support/management-api.ts';
import { openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const PERSON = 'person-4711-to-be-forgotten';
const MARK = 'marked-property-of-theirs';
const OTHER = 'somebody-else-who-stays';

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly found: number;
  readonly erased: number;
  readonly refusedErased: number;
  readonly notified: { readonly delivered: number; readonly failed: number } | null;
}

async function erase(sluice: SluiceProcess, body: object): Promise<Shown> {
  const answer = await askApi(sluice, '/erasures', { method: 'POST', body });
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return answer.body as Shown;
}

async function shown(sluice: SluiceProcess, { id }: Shown): Promise<Shown> {
  return (await askApi(sluice, `/erasures/${id}`)).body as Shown;
}

async function finished(sluice: SluiceProcess, erasure: Shown): Promise<Shown> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const now = await shown(sluice, erasure);
    if (now.state === 'finished') return now;
    assert.ok(performance.now() < deadline, JSON.stringify(now));
  }
}

/** Files of the data folder that have this text in them. */
function filesWith({ dataDir }: SluiceProcess, text: string): readonly string[] {
  return readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => readFileSync(file).includes(text));
}

async function start(t: TestContext): Promise<{ sluice: SluiceProcess; receiver: Receiver }> {
  const receiver = await openReceiver();
  const sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      storage: { reserve: '0B' },
      sources: [{ id: 'web', writeKeys: ['wk'] }],
      destinations: [
        {
          id: 'crm',
          sources: ['web'],
          settings: { webhookUrl: receiver.url() },
          delivery: { retries: 1, backoffMs: [600_000], circuitBreaker: false },
        },
        {
          id: 'ordered',
          sources: ['web'],
          settings: { webhookUrl: receiver.url('/ordered') },
          delivery: { order: 'user', retries: 3, backoffMs: [600_000], circuitBreaker: false },
        },
        {
          id: 'batched',
          sources: ['web'],
          settings: { webhookUrl: receiver.url('/batched') },
          delivery: { batch: { maxEvents: 5 }, retries: 3, backoffMs: [600_000], circuitBreaker: false },
        },
      ],
    },
  });
  t.after(async () => {
    await sluice.close();
    await receiver.close();
  });
  return { sluice, receiver };
}

async function track(sluice: SluiceProcess, userId: string, messageId: string): Promise<void> {
  const call = { userId, anonymousId: `anon-${userId}`, event: 'Sent', messageId, properties: { mark: MARK } };
  assert.equal((await post(sluice.url, '/v1/track', call, { writeKey: 'wk' })).status, 200);
}

/** Events that are parked, whose endpoint echoes whom they are about, and a refused call that names them. */
async function leaveTraces(sluice: SluiceProcess, receiver: Receiver, events: number): Promise<void> {
  for (let at = 0; at < events; at++) receiver.answer({ status: 500, body: `no ${PERSON} here, ${MARK}` });
  for (let at = 0; at < events; at++) await track(sluice, PERSON, `m${at}`);
  await receiver.count(events);
  const refused = { userId: PERSON, properties: { mark: MARK } };
  assert.equal((await post(sluice.url, '/v1/track', refused, { writeKey: 'wk' })).status, 200);
  const deadline = performance.now() + 10_000;
  while (filesWith(sluice, `no ${PERSON}`).length === 0) assert.ok(performance.now() < deadline);
}

describe('an erasure', () => {
  it('leaves nothing of a person in any file, and everything of others', async (t) => {
    const { sluice, receiver } = await start(t);
    await leaveTraces(sluice, receiver, 20);
    const replay = { destination: 'crm', filter: { user: PERSON }, ratePerSecond: 0.1 };
    assert.equal((await askApi(sluice, '/replays', { method: 'POST', body: replay })).status, 202);
    const holding = filesWith(sluice, PERSON).map((file) => basename(file));
    for (const file of ['delivery.db', 'replays.db', '0000000000000001.db'])
      assert.ok(
        holding.some((name) => name.startsWith(file)),
        `${file} of ${holding.join(' ')}`,
      );
    const end = await finished(sluice, await erase(sluice, { userId: PERSON }));
    assert.deepEqual([end.found, end.erased, end.refusedErased], [20, 20, 1]);
    for (const text of [PERSON, MARK]) assert.deepEqual(filesWith(sluice, text), [], text);
    const [shownReplay] = ((await askApi(sluice, '/replays')).body as { data: readonly Record<string, unknown>[] })
      .data;
    assert.deepEqual([shownReplay?.['state'], shownReplay?.['filter']], ['cancelled', { user: '(erased)' }]);
    receiver.answer({ status: 200 });
    await track(sluice, OTHER, 'o1');
    assert.deepEqual((await askApi(sluice, `/events?user=${PERSON}`)).body, { data: [], next: null, isComplete: true });
    await sluice.terminate();
    for (const text of [PERSON]) assert.deepEqual(filesWith(sluice, text), [], text);
    assert.ok(filesWith(sluice, OTHER).length > 0);
  });

  it('is gone on with after a kill in its middle', async (t) => {
    const { sluice, receiver } = await start(t);
    await leaveTraces(sluice, receiver, 3);
    const batch = Array.from({ length: 400 }, (_, at) => {
      return { type: 'track', userId: PERSON, event: 'Sent', messageId: `b${at}`, properties: { mark: MARK } };
    });
    for (const part of [1, 2]) {
      const items = batch.map((item) => ({ ...item, messageId: `${part}-${item.messageId}` }));
      assert.equal((await post(sluice.url, '/v1/batch', { batch: items }, { writeKey: 'wk' })).status, 200);
    }
    const erasure = await erase(sluice, { userId: PERSON });
    await sluice.kill9();
    await sluice.restart();
    const end = await finished(sluice, erasure);
    assert.deepEqual([end.found, end.erased], [803, 803]);
    for (const text of [PERSON, MARK]) assert.deepEqual(filesWith(sluice, text), [], text);
  });

  it('keeps suppressed people away until that is taken back', async (t) => {
    const { sluice } = await start(t);
    await finished(sluice, await erase(sluice, { anonymousId: `anon-${PERSON}`, suppress: true }));
    await track(sluice, PERSON, 'm1');
    assert.deepEqual(filesWith(sluice, PERSON), []);
    const metrics = await (await fetch(`${sluice.url}/metrics`)).text();
    assert.match(metrics, /sluice_events_suppressed_total\{source="web"\} 1/);
    const path = `/suppressions?anonymousId=anon-${PERSON}`;
    assert.deepEqual((await askApi(sluice, path)).body, { count: 1, max: 1_000_000, isSuppressed: true });
    await sluice.kill9();
    await sluice.restart();
    await track(sluice, PERSON, 'm2');
    assert.deepEqual(filesWith(sluice, PERSON), []);
    assert.equal((await askApi(sluice, path, { method: 'DELETE' })).status, 204);
    assert.equal((await askApi(sluice, path, { method: 'DELETE' })).status, 404);
    await track(sluice, PERSON, 'm3');
    assert.notDeepEqual(filesWith(sluice, PERSON), []);
  });
});

const SECRET = 'keep-me-safe';

/** Two destinations that get none of a person's events: one has a filter, the other a source that is disabled. */
async function startTelling(t: TestContext): Promise<{ sluice: SluiceProcess; receiver: Receiver }> {
  const receiver = await openReceiver();
  const to = (path: string) => ({ webhookUrl: receiver.url(path), sharedSecret: SECRET });
  const delivery = { retries: 3, backoffMs: [100] };
  const filter = { types: { include: ['group'] }, names: { include: ['nothing'] } };
  const sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      storage: { reserve: '0B' },
      sources: [
        { id: 'web', writeKeys: ['wk'] },
        { id: 'closed', writeKeys: ['wk_closed'], enabled: false },
      ],
      destinations: [
        { id: 'filtered', sources: ['web'], settings: to('/filtered'), delivery: { ...delivery, filter } },
        { id: 'ordered', sources: ['closed'], settings: to('/ordered'), delivery: { ...delivery, order: 'user' } },
        { id: 'off', sources: ['web'], settings: to('/off'), enabled: false },
      ],
    },
  });
  t.after(async () => {
    await sluice.close();
    await receiver.close();
  });
  return { sluice, receiver };
}

function assertNotice({ headers, body, url }: ReceivedRequest): void {
  const notice = JSON.parse(body) as Readonly<Record<string, unknown>>;
  const { type, userId, channel, context, integrations, projectId } = notice;
  assert.deepEqual([type, userId, channel, context, integrations], ['delete', PERSON, 'server', null, null]);
  assert.equal(projectId, url === '/filtered' ? 'web' : 'closed');
  for (const time of ['timestamp', 'receivedAt', 'sentAt', 'originalTimestamp'])
    assert.match(String(notice[time]), /^\d{4}-.*Z$/, time);
  const [id, at] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
  assert.match(id, /^evt_/);
  const signature = createHmac('sha256', SECRET).update(`${id}.${at}.${body}`).digest('base64');
  assert.equal(headers['webhook-signature'], `v1,${signature}`);
}

describe('an erasure that tells destinations', () => {
  it('comes to each enabled one, whatever else it gets, is tried again, and leaves nothing', async (t) => {
    const { sluice, receiver } = await startTelling(t);
    await track(sluice, PERSON, 'm1');
    const { promise: hung, resolve: goOn } = Promise.withResolvers<undefined>();
    const slow = async () => hung.then(() => ({ body: `deleted ${PERSON}` }));
    receiver.answer({ status: 503, body: `cannot delete ${PERSON}` }, { status: 503 }, slow);
    const erasure = await erase(sluice, { userId: PERSON, notify: true, suppress: true });
    const requests = await receiver.count(4);
    assert.equal((await shown(sluice, erasure)).state, 'notifying');
    assert.notDeepEqual(filesWith(sluice, PERSON), []);
    goOn(undefined);
    const end = await finished(sluice, erasure);
    assert.deepEqual([end.found, end.erased, end.notified], [1, 1, { delivered: 2, failed: 0 }]);
    for (const request of requests) assertNotice(request);
    assert.deepEqual(requests.map(({ url }) => url).toSorted(), ['/filtered', '/filtered', '/ordered', '/ordered']);
    assert.equal(new Set(requests.map(({ headers }) => headers['webhook-id'])).size, 2);
    assert.deepEqual(filesWith(sluice, PERSON), []);
    assert.equal(receiver.requests.length, 4);
  });

  it('is gone on with after a kill while they are told', async (t) => {
    const { sluice, receiver } = await startTelling(t);
    await track(sluice, PERSON, 'm1');
    receiver.answer('hang');
    const erasure = await erase(sluice, { userId: PERSON, notify: true });
    await receiver.count(2);
    await sluice.kill9();
    receiver.answer({});
    await sluice.restart();
    const end = await finished(sluice, erasure);
    assert.deepEqual(end.notified, { delivered: 2, failed: 0 });
    const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
    assert.equal(new Set(ids).size, 2, 'they are not told anew, but again');
    assert.deepEqual(filesWith(sluice, PERSON), []);
  });
});
