import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * Starts the thread whose entry is the module of that name beside this one, with the extension that this one runs
 * under: `.ts` as it is, `.js` once compiled.
 */
export function startThread(name: string, workerData: unknown): Worker {
  return new Worker(new URL(`./${name}${extname(import.meta.filename)}`, import.meta.url), { workerData });
}
