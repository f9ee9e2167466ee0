import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type ErrorCodec, RemoteEnd, serveRemote } from './remote.ts';

interface Counter {
  add(amount: number): Promise<number>;
  fail(): Promise<never>;
  never(): Promise<void>;
  /** Says that it has it. */
  take(asked: { readonly port: MessagePort }): Promise<void>;
  readonly name: string;
}

const CODEC: ErrorCodec = {
  pack: (error) => (error as Error).message,
  unpack: (packed) => new RangeError(String(packed)),
};

function connect(): { end: RemoteEnd<Counter>; close: () => void } {
  const { port1, port2 } = new MessageChannel();
  let sum = 0;
  const counter: Counter = {
    name: 'counter',
    add: async (amount) => Promise.resolve((sum += amount)),
    fail: async () => Promise.reject(new Error('it broke')),
    never: async () => new Promise(() => undefined),
    take: async ({ port }) => {
      port.postMessage('taken');
      port.close();
      return Promise.resolve();
    },
  };
  serveRemote(port1, counter, CODEC);
  const close = (): void => {
    port1.close();
  };
  return { end: new RemoteEnd<Counter>(port2, CODEC), close };
}

describe('an object in another thread', () => {
  it('answers each call, in the order of the calls', async () => {
    const { end, close } = connect();
    assert.deepEqual(await Promise.all([end.object.add(1), end.object.add(2), end.object.add(3)]), [1, 3, 6]);
    close();
  });

  it('is handed what cannot be cloned', async () => {
    const { end, close } = connect();
    const { port1: ours, port2: theirs } = new MessageChannel();
    const told = once(ours, 'message');
    await end.handOver('take', { port: theirs }, [theirs]);
    assert.deepEqual(await told, ['taken']);
    close();
  });

  it('rejects with its errors, made anew', async () => {
    const { end, close } = connect();
    await assert.rejects(end.object.fail(), (error) => error instanceof RangeError && error.message === 'it broke');
    close();
  });

  it('can be returned from an async function, and is not called for it', async () => {
    const { end, close } = connect();
    const same = await (async () => Promise.resolve(end.object))();
    assert.equal(same, end.object);
    close();
  });

  it('rejects what waits, and all that is asked later, when its thread has ended', async () => {
    const { end, close } = connect();
    const waiting = end.object.never();
    const gone = new Error('gone');
    end.fail(gone);
    await assert.rejects(waiting, gone);
    await assert.rejects(end.object.add(1), gone);
    close();
  });
});
