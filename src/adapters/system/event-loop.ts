import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** How late the event loop of a thread was for what was due, in seconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How often the monitor looks. Its samples are the times between two looks, so they begin at this. */
const RESOLUTION_MS = 10;

export interface LoopWatch {
  /** Of the time since it was last taken. */
  take(): LoopDelay;
  /** Milliseconds that the thread was busy since it started. */
  busyMs(): number;
}

/** Watches the event loop of the thread that it is called in. */
export function watchEventLoop(): LoopWatch {
  const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  monitor.enable();
  return {
    busyMs: () => performance.eventLoopUtilization().active,
    take: () => {
      const delay = {
        p50: lateness(monitor.percentile(50)),
        p99: lateness(monitor.percentile(99)),
        max: lateness(monitor.max),
      };
      monitor.reset();
      return delay;
    },
  };
}

function lateness(ns: number): number {
  return Math.max(0, ns / 1e6 - RESOLUTION_MS) / 1e3;
}
