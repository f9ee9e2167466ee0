/** For `--import`: has each sender thread fail as soon as it is asked for something. Other threads are left as they are. */
import { parentPort, workerData } from 'node:worker_threads';

// What `sender-link.ts` starts a sender thread with, and no other thread.
const isSenderThread = Object.keys((workerData as object | null) ?? {}).join() === 'network,version';
if (isSenderThread) {
  parentPort?.once('message', () => {
    throw new Error('the sender thread broke');
  });
}
