import { Counter, Gauge, type Registry } from 'prom-client';
import type { LoopDelay } from './event-loop.ts';

/** What is looked up for a scrape, where nothing is counted meanwhile. Null where it is not known. */
export interface Gauged {
  readonly nowMs: number;
  readonly logBytes: number | null;
  readonly logOldestAtMs: number | null;
  readonly dataBytes: Readonly<Record<'history' | 'index' | 'refused', number>>;
  readonly diskFreeBytes: number | null;
  readonly diskReserveBytes: number | null;
  readonly threads: Readonly<Record<string, ThreadUse>>;
  /** A thread did not answer, so that its part is missing. */
  readonly isIncomplete: boolean;
}

/** What a thread had to do. Null where it is not known. */
export interface ThreadUse {
  readonly delay: LoopDelay | null;
  /** Milliseconds that it was busy since it started. */
  readonly busyMs: number | null;
}

/** What is known of the log, the disk, and the threads. Answers the function that sets all of it. */
export function makeMainGauges(registry: Registry, version: string): (gauged: Gauged) => void {
  const single = singleGauges(registry);
  const threads = threadGauges(registry);
  new Gauge({
    name: 'sluice_build_info',
    help: 'Always 1; its label is the version that runs.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
  return (gauged) => {
    const { logOldestAtMs, nowMs } = gauged;
    setOrHide(single.logBytes, gauged.logBytes);
    setOrHide(single.logOldest, logOldestAtMs === null ? 0 : Math.max(0, nowMs - logOldestAtMs) / 1_000);
    single.historyBytes.set(gauged.dataBytes.history);
    single.indexBytes.set(gauged.dataBytes.index);
    single.refusedBytes.set(gauged.dataBytes.refused);
    setOrHide(single.diskFree, gauged.diskFreeBytes);
    setOrHide(single.diskReserve, gauged.diskReserveBytes);
    setOrHide(single.incomplete, gauged.isIncomplete ? 1 : 0);
    showThreads(threads, gauged.threads);
  };
}

function singleGauges(registry: Registry) {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  return {
    logBytes: gauge('sluice_log_bytes', 'What the event log takes on the disk.'),
    logOldest: gauge(
      'sluice_log_oldest_seconds',
      'How long ago the oldest event in the log was received; 0 without any.',
    ),
    historyBytes: gauge('sluice_history_bytes', 'What became of deliveries, and what waits of them, on the disk.'),
    indexBytes: gauge('sluice_index_bytes', 'What the event index takes on the disk.'),
    refusedBytes: gauge('sluice_refused_bytes', 'What refused calls take on the disk.'),
    diskFree: gauge('sluice_disk_free_bytes', 'Free space on the disk of the data folder.'),
    diskReserve: gauge('sluice_disk_reserve_bytes', 'Free space below which calls are answered 503.'),
    incomplete: gauge(
      'sluice_scrape_incomplete',
      '1 when a thread did not answer in time, so that its metrics are missing.',
    ),
  };
}

function threadGauges(registry: Registry) {
  const registers = [registry];
  return {
    busy: new Counter({
      name: 'sluice_thread_busy_seconds_total',
      help: 'How long a thread had something to do, waiting for the disk included.',
      labelNames: ['thread'],
      registers,
    }),
    delay: new Gauge({
      name: 'sluice_event_loop_delay_seconds',
      help: 'How late a thread was for what was due, since the last scrape: median, 99th percentile and worst.',
      labelNames: ['thread', 'quantile'],
      registers,
    }),
  };
}

function showThreads(
  { busy, delay }: ReturnType<typeof threadGauges>,
  threads: Readonly<Record<string, ThreadUse>>,
): void {
  busy.reset();
  delay.reset();
  for (const [thread, use] of Object.entries(threads)) {
    if (use.busyMs !== null) busy.inc({ thread }, use.busyMs / 1_000);
    if (use.delay === null) continue;
    delay.set({ thread, quantile: '0.5' }, use.delay.p50);
    delay.set({ thread, quantile: '0.99' }, use.delay.p99);
    delay.set({ thread, quantile: '1' }, use.delay.max);
  }
}

function setOrHide(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove();
  else gauge.set(value);
}
