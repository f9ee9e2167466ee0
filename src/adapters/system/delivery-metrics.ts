import { Gauge, Registry } from 'prom-client';
import { OUTCOMES, type Outcome } from '../../domain/attempt.ts';
import { ENDPOINT_STATES, type EndpointStanding } from '../../domain/endpoint-standing.ts';
import { labelledMax } from '../../domain/limits.ts';
import type { AttemptReport, Telemetry } from '../../ports/telemetry.ts';
import { exposition } from './exposition.ts';
import { Series } from './series.ts';
import { type CounterCell, CounterTally, HistogramTally } from './tallies.ts';

/** How one destination stands, as the lanes know it. */
export interface Standing {
  readonly destination: string;
  readonly waiting: number;
  readonly parked: number;
  readonly inFlight: number;
  readonly oldestAtMs: number | null;
  readonly endpoints: readonly Pick<EndpointStanding, 'state'>[];
}

/** What the delivery thread counts. */
export interface DeliveryMetrics {
  readonly telemetry: Pick<Telemetry, 'attempted' | 'died' | 'expired' | 'filtered'>;
  /** These destinations exist now, and no others. */
  keep(destinations: readonly string[]): void;
  /** All of it, as Prometheus reads it. */
  page(standings: readonly Standing[], nowMs: number): Promise<string>;
}

/** Bounds of buckets. An attempt takes from a millisecond in the same rack to the longest `timeoutMs`. */
const ATTEMPT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Likewise. A delivery takes from one attempt to the last retry of a day. */
const DELIVERY_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 43_200, 86_400];

/**
 * Counts deliveries and attempts per destination. Belongs into the thread that delivers, so that what is counted does
 * not cross threads: an attempt costs a tenth of a microsecond, and a scrape one text.
 */
export function makeDeliveryMetrics(): DeliveryMetrics {
  const registry = new Registry();
  const counted = countedMetrics();
  const standing = standingMetrics(registry);
  const series = new Series({
    max: labelledMax,
    open: (destination) => cellsOf(counted, destination),
    close: (_destination, cells) => {
      close(counted, cells);
    },
  });
  return {
    telemetry: {
      attempted: (report) => {
        count(series.of(report.destination), report);
      },
      died: (destination) => {
        series.of(destination).dead.value += 1;
      },
      expired: (destination, events) => {
        series.of(destination).expired.value += events;
      },
      filtered: (destination) => {
        series.of(destination).filtered.value += 1;
      },
    },
    keep: (destinations) => {
      series.keep(destinations);
    },
    page: async (standings, nowMs) => {
      show(
        standing,
        Map.groupBy(standings, ({ destination }) => series.labelOf(destination)),
        nowMs,
      );
      return exposition(Object.values(counted), registry);
    },
  };
}

type Counted = ReturnType<typeof countedMetrics>;
type Cells = ReturnType<typeof cellsOf>;

function countedMetrics() {
  return {
    deliveries: new CounterTally({
      name: 'sluice_deliveries_total',
      help: 'Deliveries that ended: delivered, or dead (no attempt is left).',
    }),
    attempts: new CounterTally({
      name: 'sluice_attempts_total',
      help: 'Attempts by outcome; skipped ones were not made: another endpoint had succeeded, or theirs was held or paused.',
    }),
    attemptSeconds: new HistogramTally({
      name: 'sluice_attempt_duration_seconds',
      help: 'How long attempts took, from connecting to the end of the answer.',
      bounds: ATTEMPT_SECONDS,
    }),
    deliverySeconds: new HistogramTally({
      name: 'sluice_delivery_duration_seconds',
      help: 'How long events took from being received until they were delivered, retries included.',
      bounds: DELIVERY_SECONDS,
    }),
    expired: new CounterTally({
      name: 'sluice_events_expired_total',
      help: 'Events that went past the retention of the log while the destination still waited for them.',
    }),
    filtered: new CounterTally({
      name: 'sluice_events_filtered_total',
      help: 'Events that the filter of the destination kept away from it.',
    }),
  };
}

function standingMetrics(registry: Registry) {
  const gauge = <Label extends string = never>(name: string, help: string, ...more: readonly Label[]) =>
    new Gauge({ name, help, labelNames: ['destination' as const, ...more], registers: [registry] });
  return {
    waiting: gauge(
      'sluice_waiting_events',
      'Accepted events that the destination has not got yet, those that wait for a retry included.',
    ),
    parked: gauge('sluice_parked_events', 'Of the waiting events, those that wait for a retry.'),
    inFlight: gauge('sluice_attempts_in_flight', 'Attempts that are being made now.'),
    oldest: gauge(
      'sluice_oldest_waiting_seconds',
      'How long ago the oldest waiting event was received; 0 when none waits.',
    ),
    endpoints: gauge(
      'sluice_endpoints',
      'Endpoints by state: held ones are down or asked to be left alone, paused ones were stopped. Their events wait.',
      'state',
    ),
  };
}

/** There from the start, so that a first failure is seen as a rise. */
function cellsOf(counted: Counted, destination: string) {
  const { deliveries, attempts, attemptSeconds, deliverySeconds, expired, filtered } = counted;
  const outcomes = OUTCOMES.map((outcome) => [outcome, attempts.open({ destination, outcome })] as const);
  return {
    delivered: deliveries.open({ destination, state: 'delivered' }),
    dead: deliveries.open({ destination, state: 'dead' }),
    attempts: Object.fromEntries(outcomes) as Readonly<Record<Outcome, CounterCell>>,
    attemptSeconds: attemptSeconds.open({ destination }),
    deliverySeconds: deliverySeconds.open({ destination }),
    expired: expired.open({ destination }),
    filtered: filtered.open({ destination }),
  };
}

function close(counted: Counted, cells: Cells): void {
  for (const cell of [cells.delivered, cells.dead]) counted.deliveries.close(cell);
  for (const cell of Object.values(cells.attempts)) counted.attempts.close(cell);
  counted.attemptSeconds.close(cells.attemptSeconds);
  counted.deliverySeconds.close(cells.deliverySeconds);
  counted.expired.close(cells.expired);
  counted.filtered.close(cells.filtered);
}

function count(cells: Cells, { attempt, events, decided, receivedAtMs }: AttemptReport): void {
  const { outcome, atMs, durationMs } = attempt;
  cells.attempts[outcome].value += 1;
  if (outcome === 'skipped') return;
  cells.attemptSeconds.observe(durationMs / 1_000);
  if (decided !== 'delivered') return;
  cells.delivered.value += events;
  // The wall clock may have been set back in between. Of a batch, each counts as its oldest.
  const seconds = Math.max(0, atMs + durationMs - receivedAtMs) / 1_000;
  for (let left = events; left > 0; left -= 1) cells.deliverySeconds.observe(seconds);
}

/** Those that share a label are added up; of their oldest events the oldest counts. */
function show(
  gauges: ReturnType<typeof standingMetrics>,
  standings: ReadonlyMap<string, Standing[]>,
  nowMs: number,
): void {
  for (const gauge of Object.values(gauges)) gauge.reset();
  for (const [destination, sharing] of standings) {
    const labels = { destination };
    const sum = (number: (each: Standing) => number): number =>
      sharing.reduce((total, each) => total + number(each), 0);
    gauges.waiting.set(
      labels,
      sum(({ waiting }) => waiting),
    );
    gauges.parked.set(
      labels,
      sum(({ parked }) => parked),
    );
    gauges.inFlight.set(
      labels,
      sum(({ inFlight }) => inFlight),
    );
    // The store knows of what just ended until it is settled; what does not wait is not old.
    const owing = sharing.filter((each) => each.waiting > 0);
    const oldestAtMs = Math.min(nowMs, ...owing.map((each) => each.oldestAtMs ?? nowMs));
    gauges.oldest.set(labels, (nowMs - oldestAtMs) / 1_000);
    const endpoints = sharing.flatMap((each) => each.endpoints);
    for (const state of ENDPOINT_STATES) {
      gauges.endpoints.set({ destination, state }, endpoints.filter((each) => each.state === state).length);
    }
  }
}
