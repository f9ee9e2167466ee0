import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { errorCodec, SluiceError } from '../domain/errors.ts';
import type { NewEvent } from '../domain/event.ts';
import type { RemotePort } from '../lib/remote.ts';
import type { Entrance } from '../pipeline/incoming-call.ts';
import type { Judgement, StoreCall } from '../pipeline/store-call.ts';
import type { Refusal } from '../ports/telemetry.ts';
import { makeHandedStore, storeHanded } from './handed-calls.ts';

const ENTRANCE: Entrance = { route: 'batch', channel: 'client', receivedAtMs: 1_767_225_600_000, writeKey: null };
const REFUSAL: Refusal = {
  ...{ atMs: 1, source: null, reason: 'type_unknown', type: null, message: 'no', count: 1, route: 'batch' },
  ...{ writeKey: 'wk', subject: { type: 'x' } },
};

function eventOf(messageId: string): NewEvent {
  return {
    ...{ source: 'web', type: 'track', messageId, name: 'Bought', user: null, receivedAtMs: 2 },
    ...{ integrations: null, body: `{"messageId":"${messageId}"}` },
  };
}

function judged(...ids: readonly string[]): Judgement {
  return { events: ids.map(eventOf), refusals: [], writeKey: 'wk' };
}

/** Both ends of a channel; each message is cloned, and comes at once. */
function makeChannel() {
  const listeners: ((message: unknown) => void)[] = [() => undefined, () => undefined];
  const messages: unknown[][] = [[], []];
  const [near, far] = [0, 1].map((end): RemotePort => ({
    postMessage: (message) => {
      messages[end]?.push(message);
      listeners[1 - end]?.(structuredClone(message));
    },
    on: (_event, listener) => (listeners[end] = listener),
  })) as [RemotePort, RemotePort];
  return { near, far, messages };
}

function open(store: StoreCall) {
  const ambient = new SimulatedAmbient();
  const { near, far, messages } = makeChannel();
  storeHanded(far, store, ambient, errorCodec);
  const handed = makeHandedStore(near, ambient, errorCodec);
  return { ambient, messages, handed };
}

describe('calls that another thread stores', () => {
  it('come there as they were judged', async () => {
    const calls: unknown[] = [];
    const { ambient, handed } = open(async (...call) => {
      calls.push(call);
      return Promise.resolve();
    });
    const own: Entrance = { route: 'track', channel: 'server', receivedAtMs: 7, writeKey: 'wk_own' };
    const sent: [Entrance, Judgement][] = [
      [ENTRANCE, { ...judged('a', 'b'), refusals: [REFUSAL] }],
      [own, { events: [], refusals: [REFUSAL], writeKey: null }],
      [own, judged('c')],
    ];
    const stored = sent.map(async (call) => handed(...call));
    await ambient.advance(0);
    await Promise.all(stored);
    assert.deepEqual(calls, sent);
  });

  it('go in one message for what one turn judged, and so do the answers', async () => {
    const { ambient, messages, handed } = open(async () => Promise.resolve());
    for (let turn = 1; turn <= 3; turn++) {
      const stored = ['a', 'b', 'c'].map(async (id) => handed(ENTRANCE, judged(id)));
      await ambient.advance(0);
      await Promise.all(stored);
      assert.deepEqual(
        messages.map(({ length }) => length),
        [turn, turn],
      );
    }
  });

  it('are answered each by its own, in whatever order, with what they are refused with', async () => {
    const waiting: (() => void)[] = [];
    const { ambient, handed } = open(async (_entrance, { events }) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      if (events[0]?.messageId === 'b') throw new SluiceError('log_full');
    });
    const ended: string[] = [];
    const stored = ['a', 'b', 'c'].map(async (id) => {
      await handed(ENTRANCE, judged(id)).catch((error: unknown) =>
        ended.push(`refused ${(error as SluiceError).code}`),
      );
      ended.push(id);
    });
    await ambient.advance(0);
    for (const release of waiting.reverse()) {
      release();
      await ambient.advance(0);
    }
    await Promise.all(stored);
    assert.deepEqual(ended, ['c', 'refused log_full', 'b', 'a']);
  });
});
