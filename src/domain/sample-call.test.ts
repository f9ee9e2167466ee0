import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALL_TYPES } from './event.ts';
import { callBytesMax } from './limits.ts';
import { normalised } from './normalise.ts';
import { asTest, sampleCallOf, TEST_MARKER } from './sample-call.ts';
import { mistakeIn } from './validate.ts';

const NOW_MS = 1_800_000_000_000;
const ARRIVAL = { channel: 'server', receivedAtMs: NOW_MS, ip: null, userAgent: null, envelope: null } as const;

describe('a sample call', () => {
  for (const type of CALL_TYPES) {
    it(`of ${type} is accepted as a library's would be, and is of that moment`, () => {
      const call = asTest(sampleCallOf(type, NOW_MS), 'sluice-test-1');
      assert.equal(mistakeIn(call, type), null);
      const event = normalised(call, type, { id: 'web', kind: null }, ARRIVAL, () => assert.fail());
      assert.deepEqual([event.type, event.messageId, event.user], [type, 'sluice-test-1', 'test-user-1']);
      const body = JSON.parse(event.body) as Record<string, unknown>;
      assert.equal(body['timestamp'], new Date(NOW_MS).toISOString());
      assert.ok(event.body.length < callBytesMax / 10);
    });
  }
});

describe('a call that is sent as a test', () => {
  it('keeps what it says, but for its message id, and is marked', () => {
    const call = { event: 'a', messageId: 'm1', context: { ip: '0.0.0.0' }, more: [1] };
    assert.deepEqual(asTest(call, 'sluice-test-1'), {
      ...call,
      messageId: 'sluice-test-1',
      context: { ip: '0.0.0.0', [TEST_MARKER]: true },
    });
  });

  it('is marked where it has no context, and left alone where its context is no object', () => {
    for (const bare of [{}, { context: null }]) assert.deepEqual(asTest(bare, 'm').context, { [TEST_MARKER]: true });
    assert.equal(asTest({ context: 'odd' }, 'm').context, 'odd');
  });
});
