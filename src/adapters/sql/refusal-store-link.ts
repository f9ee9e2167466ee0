import { errorCodec, errorOfThread } from '../../domain/errors.ts';
import { RemoteEnd } from '../../lib/remote.ts';
import type { RefusalStore } from '../../ports/refusal-store.ts';
import type { RefusalStoreOptions } from './refusal-store.ts';
import type { RefusalThreadCalls } from './refusal-store-thread.ts';
import { startThread } from './start-thread.ts';

/**
 * Opens the refused calls in a thread of their own. Its calls reject when that has ended.
 *
 * @param onFailure told when the thread ends by itself
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`
 */
export async function openRefusalStoreThread(
  options: RefusalStoreOptions,
  onFailure: (error: unknown) => void,
): Promise<RefusalStore> {
  const worker = startThread('refusal-store-thread', null);
  const end = new RemoteEnd<RefusalThreadCalls>(worker, errorCodec);
  const calls = end.object;
  let state: 'starting' | 'running' | 'stopping' = 'starting';
  const ended = (error: Error): void => {
    end.fail(error);
    if (state === 'running') onFailure(error);
  };
  worker.on('error', (error) => {
    ended(errorOfThread(error));
  });
  worker.on('exit', (code) => {
    ended(new Error(`the thread of the refused calls ended by itself with code ${code}`));
  });
  try {
    await calls.open(options);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  state = 'running';
  return {
    record: async (...asked) => calls.record(...asked),
    list: async (...asked) => calls.list(...asked),
    counts: async (...asked) => calls.counts(...asked),
    prune: async (...asked) => calls.prune(...asked),
    close: async () => {
      if (state !== 'running') return;
      state = 'stopping';
      await calls.close();
      await worker.terminate();
    },
  };
}
