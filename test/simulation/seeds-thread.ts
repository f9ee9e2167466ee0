/**
 * Runs the seeds that it is given, one after the other, and reports what became of each. A thread of its own, because
 * the test runner watches every promise of the thread that it runs in, which costs a third of all time here.
 */
import { parentPort } from 'node:worker_threads';
import { type Result, Simulation } from './simulation.ts';

/** The next seed to run, or null: that is all. */
export type SeedsAsk = number | null;
export type SeedsReport = Result;

const port = parentPort!;
port.on('message', (seed: SeedsAsk) => {
  if (seed === null) port.close();
  else
    void Simulation.run(seed).then((result) => {
      port.postMessage(result);
    });
});
