/** A sender thread: senders for whoever asks it, and nothing that has to be on disk. */
import { parentPort, workerData } from 'node:worker_threads';
import { makeSystemAmbient } from './adapters/system/ambient.ts';
import { makeOpenWebhookSender, type NetworkPolicy } from './adapters/webhook/sender.ts';
import { serveSenders } from './adapters/webhook/serve-senders.ts';
import { assert } from './lib/assert.ts';

/** What `sender-link.ts` starts this thread with. */
export interface SenderThreadData {
  readonly network: NetworkPolicy;
  readonly version: string;
}

assert(parentPort !== null, 'this file is the entry of a thread');
const ambient = makeSystemAmbient();
const { network, version } = workerData as SenderThreadData;
serveSenders(parentPort, makeOpenWebhookSender({ ambient, network, version }), ambient);
