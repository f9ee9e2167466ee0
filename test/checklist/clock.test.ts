/** Line 9 of the checklist (protocol sections 4.1 and 7.3). */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AS_APP, batch, type Event, Gateway, track } from '../support/gateway.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

const headers = [AS_APP];
const msOf = (event: Event, key: string): number => Date.parse(String(event[key]));

/** What came before the server's own time by so much. */
async function skewOf(times: Event): Promise<number> {
  const event = await gateway.arrives((mark) => ({ headers, body: track(mark, times) }));
  assert.deepEqual({ ...event, originalTimestamp: times['timestamp'], sentAt: times['sentAt'] }, event);
  return msOf(event, 'receivedAt') - msOf(event, 'timestamp');
}

/** As libraries spell a time, and the moment that it is. */
const SPELLINGS = [
  ['browsers, Node, Swift', '2012-12-02T00:30:08.276Z', '2012-12-02T00:30:08.276Z'],
  ['Python, microseconds', '2012-12-02T00:30:08.276543+00:00', '2012-12-02T00:30:08.276Z'],
  ['Python, milliseconds', '2012-12-02T00:30:08.276+00:00', '2012-12-02T00:30:08.276Z'],
  ['Go, nanoseconds', '2012-12-02T00:30:08.276543219Z', '2012-12-02T00:30:08.276Z'],
  ['Go, trimmed and with an offset', '2012-12-02T00:30:08.2-08:00', '2012-12-02T08:30:08.200Z'],
  ["PHP, date('c')", '2012-12-02T00:30:08+01:00', '2012-12-01T23:30:08.000Z'],
  ['C#, seven digits', '2012-12-02T00:30:08.2765432Z', '2012-12-02T00:30:08.276Z'],
  ['Analytics.NET, seven digits and an offset', '2012-12-02T00:30:08.2765432-05:30', '2012-12-02T06:00:08.276Z'],
  ['Flutter, microseconds', '2012-12-02T00:30:08.276543Z', '2012-12-02T00:30:08.276Z'],
  ['the HTTP API’s own sample, without zeros', '2015-2-02T00:30:12.984Z', '2015-02-02T00:30:12.984Z'],
] as const;

describe('7.3 line 9: the clock of a sender', () => {
  it('is corrected by as much as it was off when it sent: the vector of 4.1, forward, backward and by years', async () => {
    // 04:08:31.577 happened, .581 was sent: 4 ms before it was received, whenever that is.
    assert.equal(await skewOf({ timestamp: '2012-12-02T04:08:31.577Z', sentAt: '2012-12-02T04:08:31.581Z' }), 4);
    assert.equal(await skewOf({ timestamp: '2012-12-02T05:00:00Z', sentAt: '2012-12-02T04:00:00Z' }), -3_600_000);
    assert.equal(await skewOf({ timestamp: '2099-12-31T23:00:00Z', sentAt: '2100-01-01T00:00:00Z' }), 3_600_000);
  });

  it('is corrected by the time of the envelope, or of the item where that has one', async () => {
    const timestamp = '2012-12-02T04:00:00.000Z';
    const sent = { sentAt: '2012-12-02T04:00:01.000Z' };
    for (const [item, skewMs] of [
      [{}, 1_000],
      [{ sentAt: '2012-12-02T04:00:02.000Z' }, 2_000],
    ] as const) {
      const body = (mark: string): string => batch(mark, { timestamp, ...item }, sent);
      const event = await gateway.arrives((mark) => ({ path: '/v1/batch', headers, body: body(mark) }));
      assert.equal(msOf(event, 'receivedAt') - msOf(event, 'timestamp'), skewMs);
      assert.equal(event['sentAt'], { ...sent, ...item }.sentAt);
    }
  });

  it('stands when it does not say when it sent, in the future too', async () => {
    for (const timestamp of ['2012-12-02T04:00:00.000Z', '2099-12-31T23:59:59.999Z']) {
      const event = await gateway.arrives((mark) => ({ headers, body: track(mark, { timestamp }) }));
      assert.equal(event['timestamp'], timestamp);
      assert.equal(event['originalTimestamp'], timestamp);
      assert.ok(!('sentAt' in event));
    }
  });

  it('is ours when it says nothing, or nothing that is a time, which is kept as it was sent', async () => {
    const silent = await gateway.arrives((mark) => ({ headers, body: track(mark) }));
    assert.equal(silent['timestamp'], silent['receivedAt']);
    assert.ok(!('originalTimestamp' in silent));
    const body = (mark: string): string => track(mark, { timestamp: 'yesterday' });
    const garbled = await gateway.arrives((mark) => ({ headers, body: body(mark) }));
    assert.equal(garbled['timestamp'], garbled['receivedAt']);
    assert.equal(garbled['originalTimestamp'], 'yesterday');
  });

  for (const [who, timestamp, moment] of SPELLINGS) {
    it(`is read as ${who} writes it: ${timestamp}`, async () => {
      const event = await gateway.arrives((mark) => ({ headers, body: track(mark, { timestamp }) }));
      assert.equal(event['timestamp'], moment);
      assert.equal(event['originalTimestamp'], timestamp);
    });
  }

  it('makes no difference to when all calls of a batch were received', async () => {
    const marks = [gateway.mark(), gateway.mark(), gateway.mark()];
    const items = marks.map((userId) => ({ type: 'track', event: 'E', userId }));
    await gateway.send({ path: '/v1/batch', headers, body: JSON.stringify({ batch: items }) });
    const times = new Set<unknown>();
    for (const mark of marks) times.add((await gateway.event(mark))['receivedAt']);
    assert.equal(times.size, 1);
  });
});
