import type { SqliteEventLog } from './adapters/sql/sqlite-event-log.ts';
import { type LoopDelay, watchEventLoop } from './adapters/system/event-loop.ts';
import type { ThreadUse } from './adapters/system/main-gauges.ts';
import type { MainMetrics } from './adapters/system/main-metrics.ts';
import type { DeliveryThread } from './delivery-link.ts';
import type { DiskState } from './domain/disk.ts';
import { shared } from './lib/shared.ts';
import { within } from './lib/within.ts';
import type { Ambient } from './ports/ambient.ts';
import type { Check, Monitoring, Readiness } from './ports/monitoring.ts';

export interface MonitoringParts {
  readonly metrics: MainMetrics;
  readonly log: Pick<SqliteEventLog, 'facts' | 'extent' | 'disk' | 'writerBusyMs'>;
  readonly delivery: Pick<DeliveryThread, 'answer' | 'metrics' | 'busyMs'>;
  /** See `Connections`. */
  readonly httpBusyMs: () => readonly number[];
  readonly ambient: Pick<Ambient, 'after' | 'nowMs'>;
  readonly version: string;
  /** What files besides the log's take on disk, by what is in them. */
  readonly dataBytes: () => Readonly<Record<'history' | 'index' | 'refused', number>>;
}

/** How long a thread may take to answer. Who watches waits no longer: whether it answers is what they want to know. */
export const ANSWER_MS = 2_000;

/** Asks each thread how it stands, once at a time however many ask, and puts the answers together. */
export function makeMonitoring(parts: MonitoringParts): Monitoring {
  const { metrics } = parts;
  const loop = watchEventLoop();
  return {
    readiness: shared(async () => readiness(parts)),
    metrics: shared(async () => metricsPage(parts, { delay: loop.take(), busyMs: loop.busyMs() })),
    answered: (durationMs) => {
      metrics.answered(durationMs);
    },
  };
}

async function readiness({ log, delivery, ambient, version }: MonitoringParts): Promise<Readiness> {
  const [disk, isDelivering] = await Promise.all([
    within(ANSWER_MS, log.disk(), ambient),
    within(ANSWER_MS, answers(delivery), ambient),
  ]);
  const checks = {
    // The log's writer is who knows about the disk.
    log: { status: disk === null ? 'silent' : 'ok' },
    disk: diskCheck(disk),
    delivery: { status: isDelivering === null ? 'silent' : 'ok' },
  } satisfies Record<string, Check>;
  const isReady = Object.values(checks).every(({ status }) => status === 'ok');
  return { isReady, version, checks, facts: log.facts };
}

function diskCheck(disk: DiskState | null): Check {
  if (disk === null) return { status: 'silent' };
  const { freeBytes, reserveBytes, isFull } = disk;
  return { status: isFull ? 'full' : 'ok', freeBytes, reserveBytes };
}

async function answers(delivery: MonitoringParts['delivery']): Promise<true> {
  await delivery.answer();
  return true;
}

async function metricsPage(
  { metrics, log, delivery, httpBusyMs, ambient, dataBytes }: MonitoringParts,
  main: ThreadUse,
): Promise<string> {
  const [extent, disk, delivered] = await Promise.all([
    within(ANSWER_MS, log.extent(), ambient),
    within(ANSWER_MS, log.disk(), ambient),
    within(ANSWER_MS, delivery.metrics(), ambient),
  ]);
  const page = await metrics.page({
    nowMs: ambient.nowMs(),
    logBytes: extent?.bytes ?? null,
    logOldestAtMs: extent?.oldestAtMs ?? null,
    dataBytes: dataBytes(),
    diskFreeBytes: disk?.freeBytes ?? null,
    diskReserveBytes: disk?.reserveBytes ?? null,
    threads: {
      main,
      delivery: useOf(delivery.busyMs(), delivered?.delay ?? null),
      log: useOf(log.writerBusyMs(), null),
      ...usesOf('http', httpBusyMs()),
      ...usesOf('sender', delivered?.sendersBusyMs ?? []),
    },
    isIncomplete: extent === null || disk === null || delivered === null,
  });
  return page + (delivered?.page ?? '');
}

/** Of threads of one kind: `sender-1` and so on. */
function usesOf(kind: string, busyMs: readonly number[]): Readonly<Record<string, ThreadUse>> {
  return Object.fromEntries(busyMs.map((ms, index) => [`${kind}-${index + 1}`, useOf(ms, null)]));
}

function useOf(busyMs: number, delay: LoopDelay | null): ThreadUse {
  return { busyMs, delay };
}
