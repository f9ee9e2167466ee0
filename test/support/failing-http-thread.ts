/** For `--import`: has each HTTP thread fail as soon as it was asked for its third thing. Other threads are left as they are. */
import { parentPort } from 'node:worker_threads';

type Call = [id: number, method: string, args: readonly object[]];

let asked = 0;
parentPort?.on('message', (message: unknown) => {
  const [, method, args = []] = Array.isArray(message) ? (message as Partial<Call>) : [];
  // What `http-link.ts` starts an HTTP thread with, and no other thread.
  const isHttpThread = asked > 0 || (method === 'start' && 'passed' in (args[0] ?? {}));
  if (isHttpThread && (asked += 1) === 3) throw new Error('the HTTP thread broke');
});
