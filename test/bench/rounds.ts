/** Rounds that were never measured, for what is made of them. */
import type { BacklogMeasurement } from '../../bench/backlog.ts';
import type { BatchedMeasurement } from '../../bench/batched.ts';
import type { DestinationsRound } from '../../bench/destinations-report.ts';
import { SPREADS } from '../../bench/destinations.ts';
import type { FanOutMeasurement } from '../../bench/fan-out.ts';
import type { HistoryMeasurement } from '../../bench/history.ts';
import type { StreamMeasurement } from '../../bench/live-stream.ts';
import type { Measurement } from '../../bench/measure.ts';
import { latencyOf } from '../../bench/quantile.ts';
import { makeLongRuns } from '../../bench/long-runs.ts';
import type { LongResults, Result } from '../../bench/report.ts';
import type { RetentionMeasurement } from '../../bench/retention.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';
import type { SlowRound } from '../../bench/slow-endpoint.ts';

export const latency = latencyOf(Float64Array.from({ length: 1_000 }, (_, index) => (index + 1) * 1_000));

/** A round in which Sluice is that many times faster than the forwarder, and its neighbours cost as much. */
export function crowd(factor: number, late: number): DestinationsRound {
  const beside = [0, 1, 200].map((hanging) => ({
    ...{ hanging, lost: 0, earlyMs: hanging === 0 ? 1 : factor, lateMs: hanging === 0 ? 2 : late },
  }));
  const cost = { rssBytes: 1, storeBytes: 1 };
  const measured = { forwarderPerSecond: 10, sluicePerSecond: 10 * factor, rssBytes: 1_048_576, lost: 0 };
  const spreads = [{ spread: SPREADS[0]!, ...measured }];
  return { beside, spreads, none: { ...cost, cpuMs: 100 }, dead: { ...cost, cpuMs: 100 * factor } };
}

export function remembered(short: number, long: number): HistoryMeasurement {
  const both = { short, long };
  return {
    ...{
      logEvents: both,
      attempts: both,
      diskBytes: both,
      startMs: both,
      acceptedPerSecond: both,
      deliveredPerSecond: both,
      answerP99Ms: both,
    },
    ...{ questions: [{ title: 'newest', p50Ms: both, p99Ms: both }], lost: 0 },
  };
}

export function told(unread: number, read: number): StreamMeasurement {
  const both = { unread, read };
  return {
    ...{ singlePerSecond: both, batchPerSecond: both, singleP99Ms: both, batchP99Ms: both, singleCpuUs: both },
    ...{ batchCpuUs: both, readBytesPerSecond: { unread: 0, read: read * 1_048_576 }, readersCpuShare: both, lost: 0 },
  };
}

export function result(forwarder: readonly number[], sluice: readonly number[]): Result {
  const [scenario] = SCENARIOS;
  return {
    scenario: scenario!,
    rounds: new Map([
      ['forwarder', forwarder.map(measured)],
      ['sluice', sluice.map(measured)],
    ]),
  };
}

export function measured(deliveredPerSecond: number): Measurement {
  return {
    events: 1,
    acceptedPerSecond: 7,
    deliveredPerSecond,
    answerMs: latency,
    endToEndMs: latency,
    cpuUsPerEvent: null,
    endsCpuUsPerEvent: 5,
    peakRssBytes: null,
    bodyBytesPerEvent: 700,
    diskBytesPerEvent: null,
    lost: 0,
    duplicates: 0,
  };
}

export function forgot(keeping: number, forgetting: number): RetentionMeasurement {
  const same = { keeping: 1, forgetting: 1 };
  return {
    answerP99Ms: { keeping, forgetting },
    answerP999Ms: same,
    answerWorstMs: same,
    stallMs: same,
    segmentsGone: same,
    logPeakBytes: same,
    logEndBytes: same,
    lost: 0,
    duplicates: 0,
  };
}

export function waited(acceptedEmpty: number, acceptedWaiting: number): BacklogMeasurement {
  const same = { empty: 1, waiting: 1 };
  return {
    acceptedPerSecond: { empty: acceptedEmpty, waiting: acceptedWaiting },
    startAfterStopMs: same,
    startAfterKillMs: same,
    deliveredPerSecond: same,
    rssAcceptingBytes: same,
    rssStartedBytes: same,
    rssDeliveringBytes: 1,
    diskBytesPerEvent: 1,
    lost: 0,
    duplicatesAfterStop: 0,
    duplicatesAfterKill: 3,
  };
}

export function fannedOut(forwarder: number, sluice: number): FanOutMeasurement {
  const both = { forwarder, sluice };
  return {
    ...{ eventsPerSecond: both, arrivalsPerSecond: both, arrivalsPerEvent: { forwarder: 5, sluice: 4.5 } },
    ...{ cpuUsPerEvent: both, rssBytes: both, lost: 0 },
  };
}

export function batchedBy(times: number): BatchedMeasurement {
  return { eventsPerSecond: { single: 100, batched: 100 * times }, lost: 0 };
}

/** With 200 ms an answer. */
export function slowed(concurrency: number, forwarder: number, sluice: number): SlowRound {
  const delivered = { answerMs: 200, lost: 0 };
  return [
    {
      ...{ concurrency, limitPerSecond: concurrency * 5 },
      forwarder: { ...delivered, perSecond: forwarder },
      sluice: { ...delivered, perSecond: sluice },
    },
  ];
}

/** Of all long scenarios, none measured yet. */
export function noLongResults(): LongResults {
  return makeLongRuns(false);
}
