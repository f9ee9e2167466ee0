import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { callApi } from '../support/management-api.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const CONFIG = {
  storage: { reserve: '0B' },
  sources: [
    { id: 'website', writeKeys: ['wk_website'] },
    { id: 'app', writeKeys: ['wk_app'] },
  ],
};

interface Shown {
  readonly id: string;
  readonly messageId: string;
  readonly source: string;
  readonly userId: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Page {
  readonly data: readonly Shown[];
  readonly next: string | null;
  readonly isComplete: boolean;
}

async function list(sluice: SluiceProcess, query = ''): Promise<Page> {
  const response = await callApi(sluice, `/events?${query}`);
  assert.equal(response.status, 200);
  return (await response.json()) as Page;
}

async function ids(sluice: SluiceProcess, query: string): Promise<readonly string[]> {
  return (await list(sluice, query)).data.map(({ messageId }) => messageId);
}

async function errorOf(response: Response): Promise<unknown> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return [response.status, error.code, error.message];
}

async function start(context: TestContext): Promise<SluiceProcess> {
  const sluice = await SluiceProcess.start({ config: CONFIG });
  context.after(async () => sluice.close());
  return sluice;
}

async function send(sluice: SluiceProcess, writeKey: string, body: object): Promise<void> {
  const { status } = await post(sluice.url, '/v1/track', body, { writeKey });
  assert.equal(status, 200);
}

describe('the events that were accepted', () => {
  it('are found by the API the moment that their calls are answered', async (context) => {
    const sluice = await start(context);
    for (let number = 1; number <= 5; number++) {
      const [writeKey, userId] = number % 2 === 0 ? ['wk_app', 'ann'] : ['wk_website', 'bob'];
      const body = { userId, anonymousId: 'a-1', event: 'Order Completed', messageId: `m${number}` };
      await send(sluice, writeKey, body);
      assert.deepEqual(await ids(sluice, `messageId=m${number}`), [`m${number}`]);
    }
    assert.deepEqual(await ids(sluice, 'user=ann'), ['m4', 'm2']);
    assert.deepEqual(await ids(sluice, 'user=a-1&source=website'), ['m5', 'm3', 'm1']);
    assert.deepEqual(await ids(sluice, 'name=Order%20Completed&type=track&limit=2'), ['m5', 'm4']);
    assert.deepEqual(await ids(sluice, 'to=2020-01-01'), []);

    const [first] = (await list(sluice, 'messageId=m1')).data;
    assert.ok(first);
    const one = (await (await callApi(sluice, `/events/${first.id}`)).json()) as Shown;
    assert.deepEqual(one, { ...first, destinations: [] });
    assert.deepEqual([one.source, one.userId, one.body.event], ['website', 'bob', 'Order Completed']);
  });

  it('are listed page by page', async (context) => {
    const sluice = await start(context);
    for (let number = 1; number <= 5; number++) {
      await send(sluice, 'wk_website', { userId: 'u', event: 'e', messageId: `m${number}` });
    }
    const first = await list(sluice, 'limit=3');
    assert.ok(first.next);
    const second = await list(sluice, `limit=3&cursor=${first.next}`);
    const seen = [...first.data, ...second.data].map(({ messageId }) => messageId);
    assert.deepEqual([seen, second.next], [['m5', 'm4', 'm3', 'm2', 'm1'], null]);
  });

  it('are found again after a kill, and after the index was taken away', async (context) => {
    const sluice = await start(context);
    await send(sluice, 'wk_website', { userId: 'ann', event: 'e', messageId: 'm1' });
    assert.deepEqual(await ids(sluice, 'user=ann'), ['m1']);
    await sluice.kill9();
    await sluice.restart();
    assert.deepEqual(await ids(sluice, 'user=ann'), ['m1']);
    await sluice.kill9();
    rmSync(join(sluice.dataDir, 'index.db'));
    await sluice.restart();
    await send(sluice, 'wk_website', { userId: 'ann', event: 'e', messageId: 'm2' });
    assert.deepEqual(await ids(sluice, 'user=ann'), ['m2', 'm1']);
  });

  it('are asked for in vain with the reason', async (context) => {
    const sluice = await start(context);
    assert.deepEqual(await errorOf(await callApi(sluice, '/events/evt_1')), [
      404,
      'event_not_found',
      'there is no event evt_1: it was never accepted here, or is past its retention, or was erased',
    ]);
    assert.deepEqual(await errorOf(await callApi(sluice, '/events?type=purchase')), [
      400,
      'invalid_parameter',
      '`type` must be one of `identify`, `track`, `page`, `screen`, `group`, `alias`, `delete`',
    ]);
    assert.deepEqual(await errorOf(await callApi(sluice, '/events?cursor=ref_0000001')), [
      400,
      'invalid_parameter',
      '`cursor` must be the `next` of the page before',
    ]);
    assert.deepEqual(await errorOf(await callApi(sluice, '/events?userId=ann')), [
      400,
      'invalid_parameter',
      '`userId` is not known here; did you mean `user`?',
    ]);
  });
});
