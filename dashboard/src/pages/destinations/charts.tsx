import '@mantine/charts/styles.css';
import { BarChart, LineChart } from '@mantine/charts';
import { formatCount, formatSpan, formatShort } from '../../format.ts';
import { CHART_PX, type Span } from './spans.ts';

const OUTCOMES = [
  { name: 'succeeded', label: 'Succeeded', color: 'var(--good)' },
  { name: 'failed', label: 'Failed', color: 'var(--warn)' },
  { name: 'rejected', label: 'Rejected', color: 'var(--bad)' },
];

const PERCENTILES = [
  { name: 'p50', label: 'p50', color: 'var(--good)' },
  { name: 'p95', label: 'p95', color: 'var(--warn)' },
  { name: 'p99', label: 'p99', color: 'var(--bad)' },
];
/** So that they differ without their colours too. */
const DASHES: Readonly<Record<string, string>> = { p50: '0', p95: '6 3', p99: '2 3' };

export interface ChartProps {
  readonly kind: 'attempts' | 'latency';
  readonly spans: readonly Span[];
}

/** In a file of its own, because charts are large. Who cannot see them reads `SpansTable`. */
export default function Chart({ kind, spans }: ChartProps) {
  const data = [...spans];
  const shared = {
    ...{ data, dataKey: 'label', h: CHART_PX, withLegend: true, withTooltip: true, tickLine: 'none' as const },
    ...{ xAxisProps: { minTickGap: 40 }, legendProps: { verticalAlign: 'bottom' as const, height: 32 } },
    ...{ textColor: 'var(--quiet)', accessibilityLayer: false },
  };
  if (kind === 'attempts') {
    return (
      <BarChart
        {...shared}
        type="stacked"
        series={OUTCOMES}
        // What is asked again every few seconds would never come to rest.
        barProps={{ isAnimationActive: false }}
        yAxisProps={{ allowDecimals: false, width: 52, tickFormatter: formatShort }}
        valueFormatter={formatCount}
      />
    );
  }
  return (
    <LineChart
      {...shared}
      series={PERCENTILES}
      curveType="linear"
      connectNulls={false}
      lineProps={({ name }) => ({ isAnimationActive: false, strokeDasharray: DASHES[name] ?? '0' })}
      yAxisProps={{ width: 64 }}
      valueFormatter={formatSpan}
    />
  );
}
