import { randomUUID } from 'node:crypto';
import type { Ambient } from '../../ports/ambient.ts';

/** The longest wait that a timer of Node takes; beyond it, it would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * The machine's clocks, timers and chance.
 *
 * A timer never keeps the process alive: after a stop nothing of what was planned may hold it. Who serves is kept
 * alive by what it serves (sockets, threads), and the command line holds on until a stop is complete.
 */
export function makeSystemAmbient(): Ambient {
  return {
    nowMs: () => Date.now(),
    elapsedMs: () => performance.now(),
    after,
    // After the sockets that are readable now, so that what they bring shares the work.
    soon: (run) => {
      setImmediate(run);
    },
    chance: () => Math.random(),
    uuid: () => randomUUID(),
  };
}

function after(ms: number, run: () => void): { cancel(): void } {
  const dueAtMs = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    timer = setTimeout(runWhenDue, Math.min(Math.max(0, Math.ceil(dueAtMs - performance.now())), TIMER_MS_MAX));
    timer.unref();
  };
  // A timer may fire a fraction of a millisecond early, and one longer than TIMER_MS_MAX takes several.
  const runWhenDue = (): void => {
    if (performance.now() < dueAtMs) wait();
    else run();
  };
  wait();
  return {
    cancel: () => {
      clearTimeout(timer);
    },
  };
}
