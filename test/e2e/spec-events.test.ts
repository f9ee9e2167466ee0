/** What Segment's published spec describes arrives unchanged, apart from the fields that a server sets. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SPEC_EVENTS } from '../fixtures/spec-events.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

/** What Segment's own end-to-end checks take for a server's business (protocol section 4.5). */
const SET_BY_SERVERS = ['messageId', 'timestamp', 'receivedAt', 'sentAt', 'originalTimestamp', 'channel', 'version'];
const OURS = [...SET_BY_SERVERS, 'projectId', 'writeKey', '_metadata'];

type Event = Readonly<Record<string, unknown>>;

let receiver: Receiver;
let sluice: SluiceProcess;

before(async () => {
  receiver = await openReceiver();
  sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      sources: [{ id: 'web', writeKeys: ['wk'] }],
      destinations: [{ id: 'hook', sources: ['web'], settings: { webhookUrl: receiver.url() } }],
    },
  });
});
after(async () => {
  await sluice.close();
  await receiver.close();
});

/** What is the sender's, as text, so that the order of keys counts as well. */
function sendersOwn(event: Event): string {
  const kept = Object.entries(event).filter(([key]) => !OURS.includes(key));
  // A call without these gets empty ones.
  const { context = {}, integrations = {}, ...rest } = Object.fromEntries(kept);
  return JSON.stringify({ ...rest, context, integrations });
}

/** What is sent and delivered by these messages, in the order of the calls. */
async function delivered(send: () => Promise<unknown>, count: number): Promise<readonly Event[]> {
  const already = receiver.requests.length;
  await send();
  const requests = (await receiver.count(already + count)).slice(already);
  const events = requests.map(({ body }) => JSON.parse(body) as Event);
  return events.toSorted((a, b) => Number(a['messageId']) - Number(b['messageId']));
}

describe("the events of Segment's spec", () => {
  const calls: readonly Event[] = SPEC_EVENTS.map((call, index) => ({ ...call, messageId: String(index) }));

  it('arrive unchanged from a batch', async () => {
    const events = await delivered(async () => {
      const { status, body } = await post(sluice.url, '/v1/batch', { batch: calls }, { writeKey: 'wk' });
      assert.deepEqual([status, body], [200, { success: true }]);
    }, calls.length);
    assert.deepEqual(events.map(sendersOwn), calls.map(sendersOwn));
  });

  it('arrive unchanged one by one, each by the path of its type', async () => {
    const single: readonly Event[] = calls.map((call, index) => ({ ...call, messageId: String(1_000 + index) }));
    const events = await delivered(async () => {
      for (const { type, ...call } of single) {
        const { status } = await post(sluice.url, `/v1/${String(type)}`, { ...call, writeKey: 'wk' });
        assert.equal(status, 200);
      }
    }, single.length);
    assert.deepEqual(events.map(sendersOwn), single.map(sendersOwn));
  });

  it('get what a server sets', async () => {
    const [event] = await delivered(
      async () => post(sluice.url, '/v1/track', { ...calls[0], messageId: '9999' }, { writeKey: 'wk' }),
      1,
    );
    const { version, channel, projectId, messageId, writeKey, receivedAt, timestamp } = event!;
    assert.deepEqual(
      { version, channel, projectId, messageId, writeKey },
      { version: 1, channel: 'server', projectId: 'web', messageId: '9999', writeKey: undefined },
    );
    assert.equal(timestamp, receivedAt);
  });
});
