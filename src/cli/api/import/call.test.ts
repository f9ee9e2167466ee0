import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callOn } from './call.ts';

const CALL = { type: 'track', userId: 'u', event: 'Bought' };

function sentFor(call: object, isOfDevices = false): Record<string, unknown> {
  const sent = callOn(Buffer.from(JSON.stringify(call)), { idOf: () => 'made', isOfDevices });
  assert.ok(sent !== null && 'text' in sent, JSON.stringify(sent));
  return { ...(JSON.parse(sent.text) as object), isDated: sent.isDated };
}

describe('a call of a file', () => {
  it('keeps everything in its order, and gets an id where it has none', () => {
    const call = { messageId: 'mine', ...CALL, timestamp: '2020-01-01T00:00:00Z', unknown: [1], context: { a: 1 } };
    const sent = callOn(Buffer.from(JSON.stringify(call)), { idOf: () => 'made', isOfDevices: false });
    assert.deepEqual(sent, { text: JSON.stringify(call), isDated: true });
    for (const messageId of [undefined, null, '', {}])
      assert.equal(sentFor({ ...CALL, messageId })['messageId'], 'made');
    assert.equal(sentFor({ ...CALL, messageId: 5 })['messageId'], 5);
  });

  it('keeps its time, or has the one that an archive knows', () => {
    const times: readonly (readonly [object, string | undefined])[] = [
      [{ timestamp: '2020-01-01', sentAt: '2020-01-02' }, '2020-01-01'],
      [{ originalTimestamp: '2020-01-01T00:00:00Z', sentAt: '2020-01-01T00:00:01Z' }, '2020-01-01T00:00:00Z'],
      [
        {
          originalTimestamp: '2020-01-01T00:00:00Z',
          sentAt: '2020-01-01T00:00:01Z',
          receivedAt: '2020-01-01T01:00:01Z',
        },
        '2020-01-01T01:00:00.000Z',
      ],
      [{ timestamp: 'garbage', receivedAt: '2020-01-01T01:00:01Z' }, '2020-01-01T01:00:01Z'],
      [{ timestamp: null, sentAt: '2020-01-01T01:00:01Z' }, '2020-01-01T01:00:01Z'],
    ];
    for (const [said, timestamp] of times) {
      const sent = sentFor({ ...CALL, ...said });
      assert.deepEqual([sent['timestamp'], sent['sentAt'], sent['isDated']], [timestamp, undefined, true]);
    }
    assert.equal(sentFor({ ...CALL, timestamp: 'garbage' })['isDated'], false);
  });

  it('has no address where it would get that of who imports', () => {
    assert.deepEqual(sentFor(CALL, true)['context'], { ip: '0.0.0.0' });
    assert.deepEqual(sentFor({ ...CALL, context: { ip: '192.0.2.1' } }, true)['context'], { ip: '192.0.2.1' });
    assert.deepEqual(sentFor({ ...CALL, context: { direct: true } })['context'], { direct: true, ip: '0.0.0.0' });
    assert.equal(sentFor(CALL)['context'], undefined);
  });
});
