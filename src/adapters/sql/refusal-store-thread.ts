/** The thread of the refused calls: a store in it, so that neither their writing nor a long list delays a `200`. */
import { parentPort } from 'node:worker_threads';
import { errorCodec } from '../../domain/errors.ts';
import { assert } from '../../lib/assert.ts';
import { serveRemote } from '../../lib/remote.ts';
import type { RefusalStore } from '../../ports/refusal-store.ts';
import { openSqliteRefusalStore } from './refusal-store.ts';
import type { RefusalStoreOptions } from './refusal-store.ts';

/** What can be called here: the store's own methods, once `open` has resolved. */
export interface RefusalThreadCalls extends RefusalStore {
  open(options: RefusalStoreOptions): Promise<void>;
}

let store: RefusalStore | null = null;

function opened(): RefusalStore {
  assert(store !== null, 'the store is opened first');
  return store;
}

const calls: RefusalThreadCalls = {
  open: async (options) => {
    store = openSqliteRefusalStore(options);
    return Promise.resolve();
  },
  record: async (...asked) => opened().record(...asked),
  list: async (...asked) => opened().list(...asked),
  counts: async (...asked) => opened().counts(...asked),
  erase: async (...asked) => opened().erase(...asked),
  prune: async (...asked) => opened().prune(...asked),
  use: async () => opened().use(),
  close: async () => opened().close(),
};

assert(parentPort !== null, 'this file is the entry of a thread');
serveRemote(parentPort, calls, errorCodec);
