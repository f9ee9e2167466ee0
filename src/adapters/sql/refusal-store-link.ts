import { errorCodec as errors } from '../../domain/errors.ts';
import { RemoteThread } from '../../lib/remote-thread.ts';
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
  const name = 'the thread of the refused calls';
  const remote = new RemoteThread<RefusalThreadCalls>(worker, { name, errors, onFailure });
  const calls = remote.object;
  await remote.start(async () => calls.open(options));
  return {
    record: async (...asked) => calls.record(...asked),
    list: async (...asked) => calls.list(...asked),
    counts: async (...asked) => calls.counts(...asked),
    erase: async (...asked) => calls.erase(...asked),
    prune: async (...asked) => calls.prune(...asked),
    use: async () => calls.use(),
    close: async () => remote.stop(async () => calls.close()),
  };
}
