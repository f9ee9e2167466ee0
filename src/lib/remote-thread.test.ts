import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { RemoteThread, type StartedThread } from './remote-thread.ts';

interface Greeter {
  greet(): Promise<string>;
}

class FakeThread extends EventEmitter implements StartedThread {
  isTerminated = false;

  postMessage([id]: readonly [id: number]): void {
    this.emit('message', [id, 'result', 'good day']);
  }

  async terminate(): Promise<void> {
    this.isTerminated = true;
    return Promise.resolve();
  }
}

const errors = {
  pack: String,
  unpack: (packed: unknown): Error => new Error(String(packed)),
  ofThread: (error: unknown): Error => new RangeError(String(error)),
};

function make(): { thread: FakeThread; remote: RemoteThread<Greeter>; failures: unknown[] } {
  const thread = new FakeThread();
  const failures: unknown[] = [];
  const onFailure = (error: unknown): unknown => failures.push(error);
  return { thread, remote: new RemoteThread<Greeter>(thread, { name: 'the greeter', errors, onFailure }), failures };
}

const nothing = async (): Promise<void> => Promise.resolve();

describe('a thread that serves an object', () => {
  it('is called once it has started, and ended by its stop without a failure', async () => {
    const { thread, remote, failures } = make();
    await remote.start(nothing);
    assert.equal(await remote.object.greet(), 'good day');
    await remote.stop(nothing);
    thread.emit('exit', 1);
    assert.equal(thread.isTerminated, true);
    assert.deepEqual(failures, []);
  });

  it('is ended when its start fails, which is told to who started it alone', async () => {
    const { thread, remote, failures } = make();
    await assert.rejects(
      remote.start(async () => Promise.reject(new Error('no room'))),
      /no room/,
    );
    assert.equal(thread.isTerminated, true);
    thread.emit('exit', 1);
    assert.deepEqual(failures, []);
  });

  it('tells when it ends by itself, and rejects what is asked from then on', async () => {
    const { thread, remote, failures } = make();
    await remote.start(nothing);
    thread.emit('exit', 7);
    assert.deepEqual(failures.map(String), ['Error: the greeter ended by itself with code 7']);
    await assert.rejects(remote.object.greet(), /the greeter ended by itself/);
  });

  it('makes anew the error that it ended with', async () => {
    const { thread, remote, failures } = make();
    await remote.start(nothing);
    thread.emit('error', 'broken');
    assert.ok(failures[0] instanceof RangeError);
    await assert.rejects(remote.object.greet(), RangeError);
  });

  it('is ended before it has started, which is no failure', async () => {
    const { thread, remote, failures } = make();
    await remote.end();
    thread.emit('exit', 1);
    assert.equal(thread.isTerminated, true);
    assert.deepEqual(failures, []);
  });

  it('is stopped once', async () => {
    const { remote } = make();
    await remote.start(nothing);
    let stops = 0;
    const stop = async (): Promise<void> => Promise.resolve(void (stops += 1));
    await remote.stop(stop);
    await remote.stop(stop);
    assert.equal(stops, 1);
  });
});
