import { formatCount, formatOf, formatSpan } from '../../format.ts';
import type { Span } from './spans.ts';

type Field = Exclude<keyof Span, 'label'>;

export interface ChartKind {
  readonly title: string;
  readonly shape: 'bars' | 'lines';
  readonly series: readonly { readonly name: Field; readonly label: string; readonly color: string }[];
  readonly format: (value: number) => string;
  /** The whole of it in a sentence. */
  readonly summary: (spans: readonly Span[], within: string) => string;
}

/** What is drawn of a destination over time. */
export const CHART_KINDS = {
  ended: {
    title: 'Deliveries',
    shape: 'bars',
    series: [
      { name: 'delivered', label: 'Delivered', color: 'var(--good)' },
      { name: 'dead', label: 'Dead', color: 'var(--bad)' },
      { name: 'cancelled', label: 'Cancelled', color: 'var(--idle)' },
    ],
    format: formatCount,
    summary: (spans, within) =>
      `${formatOf(sum(spans, 'delivered'), 'delivery', 'deliveries')} delivered ${within}, ${formatCount(sum(spans, 'dead'))} dead`,
  },
  attempts: {
    title: 'Attempts',
    shape: 'bars',
    series: [
      { name: 'succeeded', label: 'Succeeded', color: 'var(--good)' },
      { name: 'failed', label: 'Failed', color: 'var(--warn)' },
      { name: 'rejected', label: 'Rejected', color: 'var(--bad)' },
    ],
    format: formatCount,
    summary: (spans, within) =>
      `${formatOf(sum(spans, 'succeeded'), 'attempt')} succeeded ${within}; ${formatCount(sum(spans, 'failed'))} failed where another may help, ${formatCount(sum(spans, 'rejected'))} rejected for good`,
  },
  latency: {
    title: 'Latency of attempts',
    shape: 'lines',
    series: [
      { name: 'p50', label: 'p50', color: 'var(--good)' },
      { name: 'p95', label: 'p95', color: 'var(--warn)' },
      { name: 'p99', label: 'p99', color: 'var(--bad)' },
    ],
    format: formatSpan,
    summary: (spans, within) =>
      `Until the endpoint answered, or did not; p99 at most ${formatSpan(most(spans, 'p99'))} ${within}`,
  },
  owed: {
    title: 'Waiting, and minutes held',
    shape: 'lines',
    series: [
      { name: 'waiting', label: 'Events waiting', color: 'var(--warn)' },
      { name: 'heldMinutes', label: 'Minutes held', color: 'var(--bad)' },
    ],
    format: formatCount,
    summary: (spans, within) =>
      `At most ${formatOf(most(spans, 'waiting'), 'event')} waited ${within}; nothing went out in ${formatOf(sum(spans, 'heldMinutes'), 'minute')}`,
  },
} as const satisfies Readonly<Record<string, ChartKind>>;

export type ChartName = keyof typeof CHART_KINDS;

function sum(spans: readonly Span[], field: Field): number {
  return spans.reduce((total, span) => total + (span[field] ?? 0), 0);
}

function most(spans: readonly Span[], field: Field): number {
  return Math.max(0, ...spans.map((span) => span[field] ?? 0));
}
