import '@mantine/charts/styles.css';
import { BarChart, LineChart } from '@mantine/charts';
import { formatShort } from '../../format.ts';
import { CHART_KINDS, type ChartKind, type ChartName } from './chart-kinds.ts';
import { CHART_PX, type Span } from './spans.ts';

/** So that lines differ without their colours too. */
const DASHES = ['0', '6 3', '2 3'];

export interface ChartProps {
  readonly name: ChartName;
  readonly spans: readonly Span[];
}

/** In a file of its own, because charts are large. Who cannot see them reads the table beside it. */
export default function Chart({ name, spans }: ChartProps) {
  const { shape, series, format }: ChartKind = CHART_KINDS[name];
  const shared = {
    ...{ data: [...spans], series: [...series], dataKey: 'label', h: CHART_PX },
    ...{ withLegend: true, withTooltip: true, tickLine: 'none' as const, valueFormatter: format },
    ...{ xAxisProps: { minTickGap: 40 }, legendProps: { verticalAlign: 'bottom' as const, height: 32 } },
    ...{ textColor: 'var(--quiet)', accessibilityLayer: false },
  };
  // What is asked again every few seconds would never come to rest, were it animated.
  if (shape === 'bars') {
    return (
      <BarChart
        {...shared}
        type="stacked"
        barProps={{ isAnimationActive: false }}
        yAxisProps={{ allowDecimals: false, width: 52, tickFormatter: formatShort }}
      />
    );
  }
  return (
    <LineChart
      {...shared}
      curveType="linear"
      connectNulls={false}
      lineProps={(line: { readonly name?: string }) => ({
        isAnimationActive: false,
        strokeDasharray: DASHES[series.findIndex((each) => each.name === line.name)] ?? '0',
      })}
      yAxisProps={{ width: 64 }}
    />
  );
}
