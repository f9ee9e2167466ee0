/** Line 10 of the checklist (protocol sections 4.2 and 7.3). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openSqliteEventLog } from '../../src/adapters/sql/sqlite-event-log.ts';
import { dedupeMs } from '../../src/domain/limits.ts';
import { makeSource } from '../../src/domain/source.ts';
import { makeWorkspace } from '../../src/domain/workspace.ts';
import { AS_APP, base64, basic, batch, Gateway, SUCCESS, track } from '../support/gateway.ts';
import { SimulatedAmbient } from '../support/simulated-ambient.ts';
import { makeWholeIngest } from '../support/whole-ingest.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

describe('7.3 line 10: a message id', () => {
  it('that comes again is answered like the first, by whichever route, and delivered once', async () => {
    const mark = gateway.mark();
    const again = [
      { headers: [AS_APP], body: track(mark) },
      { path: '/v1/t', headers: [AS_APP], body: track(mark) },
      { path: '/v1/batch', headers: [AS_APP], body: batch(mark) },
      { method: 'GET', path: `/v1/t?data=${base64(track(mark, { writeKey: 'wk_app' }))}` },
    ];
    for (const request of again) {
      const answer = await gateway.send(request);
      assert.deepEqual([answer.status, answer.body], [200, SUCCESS]);
    }
    assert.equal((await gateway.requests(mark)).length, 1);
  });

  it('that is twice in one batch is delivered once, as its first call', async () => {
    const mark = gateway.mark();
    const items = ['first', 'second'].map((event) => ({ type: 'track', userId: 'u', event, messageId: mark }));
    await gateway.send({ path: '/v1/batch', headers: [AS_APP], body: JSON.stringify({ batch: items }) });
    const requests = await gateway.requests(mark);
    assert.equal(requests.length, 1);
    assert.match(requests[0]!.body, /"event":"first"/);
  });

  it('is another for another source', async () => {
    const mark = gateway.mark();
    for (const writeKey of ['wk_app', 'wk_other']) {
      await gateway.send({ headers: [basic(writeKey)], body: track(mark) });
    }
    assert.equal((await gateway.requests(mark)).length, 2);
  });

  it('of an envelope is no event’s', async () => {
    const [first, second, id] = [gateway.mark(), gateway.mark(), gateway.mark()];
    for (const mark of [first, second]) {
      const body = batch(mark, {}, { messageId: id });
      await gateway.send({ path: '/v1/batch', headers: [AS_APP], body });
    }
    assert.equal((await gateway.event(first))['messageId'], first);
    assert.equal((await gateway.event(second))['messageId'], second);
  });

  it('counts as seen for 24 hours and no longer', async () => {
    assert.equal(dedupeMs, 24 * 60 * 60 * 1000);
    const ambient = new SimulatedAmbient();
    const failures: unknown[] = [];
    const log = await openSqliteEventLog({ folder: ':memory:', ambient, onFailure: (error) => failures.push(error) });
    const workspace = makeWorkspace(1, [makeSource({ id: 'app', writeKeys: ['wk_app'] })], []);
    let accepted = 0;
    const ingest = makeWholeIngest({
      ...{ log, ambient },
      workspace: { current: () => workspace, refresh: async () => Promise.resolve(workspace) },
      telemetry: {
        accepted: (_epoch, _events, positions) => {
          accepted += positions.filter((position) => position > 0).length;
        },
        refused: () => undefined,
      },
    });
    const send = async (): Promise<number> => {
      const body = JSON.parse(track('again')) as unknown;
      const call = { route: 'track', channel: 'server', writeKey: 'wk_app', bodyBytes: 100 } as const;
      await ingest.accept({ ...call, body, receivedAtMs: ambient.nowMs(), ip: null, userAgent: null });
      return accepted;
    };
    assert.equal(await send(), 1);
    await ambient.advance(dedupeMs - 1);
    assert.equal(await send(), 1);
    await ambient.advance(2);
    assert.equal(await send(), 2);
    await log.close();
    assert.deepEqual(failures, []);
  });
});
