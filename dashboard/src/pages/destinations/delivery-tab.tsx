import {
  Box,
  Card,
  Group,
  SegmentedControl,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { client, type Listed } from '../../api.ts';
import { Fault } from '../../parts/page.tsx';
import { CHART_KINDS, type ChartKind, type ChartName } from './chart-kinds.ts';
import { Errors } from './errors.tsx';
import { useFilters } from './narrowing.ts';
import { beginOf, CHART_PX, type Span, spansOf, windowOf, WINDOWS } from './spans.ts';
import { Standing } from './standing.tsx';

/** In the order in which one asks: what became of events, how it went, how fast, and what is left. */
const CHART_NAMES = ['ended', 'attempts', 'latency', 'owed'] as const satisfies readonly ChartName[];

const Chart = lazy(async () => import('./charts.tsx'));

/** How delivery goes: now, over time, and what goes wrong. */
export function DeliveryTab({ destination }: { readonly destination: Listed<'listDestinations'> }) {
  return (
    <Stack gap="xl">
      <Standing destination={destination} />
      <OverTime destination={destination.id} />
    </Stack>
  );
}

function OverTime({ destination }: { readonly destination: string }) {
  const [filters, change] = useFilters();
  const name = windowOf(filters.span);
  const { step, everyMs } = WINDOWS[name];
  const { data, error, refetch } = useQuery({
    queryKey: ['stats', destination, name],
    queryFn: async ({ signal }) => {
      const fromMs = beginOf(name, Date.now());
      const query = { destination, from: new Date(fromMs).toISOString(), step };
      const stats = await client.countAttempts({ query, signal });
      return { spans: spansOf(name, fromMs, stats), errors: stats.errors };
    },
    refetchInterval: everyMs,
  });
  const during = `in the last ${WINDOWS[name].label}`;
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} size="h4">
          Over time
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="Time shown"
          data={Object.entries(WINDOWS).map(([value, { label }]) => ({ value, label }))}
          value={name}
          onChange={(span) => {
            change({ span });
          }}
        />
      </Group>
      {error !== null && data === undefined ? (
        <Fault error={error} onRetry={() => void refetch()} />
      ) : (
        <Stack gap="xl">
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
            {CHART_NAMES.map((chart) => (
              <ChartCard key={chart} name={chart} during={during} spans={data?.spans} />
            ))}
          </SimpleGrid>
          <Errors destination={destination} errors={data?.errors} during={during} />
        </Stack>
      )}
    </Stack>
  );
}

interface ChartCardProps {
  readonly name: ChartName;
  /** `in the last 24 h`. */
  readonly during: string;
  readonly spans: readonly Span[] | undefined;
}

function ChartCard({ name, during, spans }: ChartCardProps) {
  const { title, summary } = CHART_KINDS[name];
  return (
    <Card withBorder miw={0}>
      <Title order={3} size="h5">
        {title}
      </Title>
      <Text size="sm" c="var(--quiet)" mb="sm">
        {spans === undefined ? '…' : summary(spans, during)}
      </Text>
      <Box h={CHART_PX} aria-hidden="true">
        {spans === undefined ? (
          <Skeleton h={CHART_PX} />
        ) : (
          <Suspense fallback={<Skeleton h={CHART_PX} />}>
            <Chart name={name} spans={spans} />
          </Suspense>
        )}
      </Box>
      {spans !== undefined && <SpansTable name={name} spans={spans} />}
    </Card>
  );
}

/** The same for who cannot see a chart; spans in which nothing happened are left out. */
function SpansTable({ name, spans }: { readonly name: ChartName; readonly spans: readonly Span[] }) {
  const { title, series, format }: ChartKind = CHART_KINDS[name];
  const shown = spans.filter((span) => series.some(({ name: field }) => span[field] !== null && span[field] !== 0));
  if (shown.length === 0) return null;
  return (
    <VisuallyHidden>
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {series.map(({ name: field, label }) => (
              <th key={field} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((span) => (
            <tr key={span.label}>
              <th scope="row">{span.label}</th>
              {series.map(({ name: field }) => (
                <td key={field}>{format(span[field] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </VisuallyHidden>
  );
}
