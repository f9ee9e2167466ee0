import { parentPort } from 'node:worker_threads';
import { errorCodec } from './domain/errors.ts';
import { assert } from './lib/assert.ts';
import { serveRemote } from './lib/remote.ts';

/**
 * The other end of `loadThread`: serves `start`, and from then on what that has opened.
 *
 * @param open answers what the main thread can call besides
 */
export function serveThread(open: (data: never) => Promise<object>): void {
  assert(parentPort !== null, 'this file is the entry of a thread');
  const calls = {
    start: async (data: never) => {
      Object.assign(calls, await open(data));
    },
  };
  serveRemote(parentPort, calls, errorCodec);
}

/** Ends the thread; the main thread hears of it as the worker's error and ends the process. */
export function onFailure(error: unknown): never {
  throw error;
}
