import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { errorCodec as errors } from './domain/errors.ts';
import { RemoteThread } from './lib/remote-thread.ts';

/** A thread of this program that loads its code. */
export interface LoadedThread<Calls> {
  readonly remote: RemoteThread<Calls>;
  /** Milliseconds that it was busy since it started. */
  readonly busyMs: () => number;
}

/**
 * @param entry the file's name, without what it ends with
 * @param name how its end is told
 * @param onFailure told when it ends by itself after it has started
 */
export function loadThread<Calls>(
  entry: string,
  name: string,
  onFailure: (error: unknown) => void,
): LoadedThread<Calls> {
  // `.ts` as it is, `.js` once compiled.
  const worker = new Worker(new URL(`./${entry}${extname(import.meta.filename)}`, import.meta.url));
  return {
    remote: new RemoteThread<Calls>(worker, { name, errors, onFailure }),
    busyMs: () => worker.performance.eventLoopUtilization().active,
  };
}
