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
import { formatCount, formatOf, formatSpan } from '../../format.ts';
import { Fault } from '../../parts/page.tsx';
import { Errors } from './errors.tsx';
import { useFilters } from './narrowing.ts';
import { beginOf, CHART_PX, type Span, spansOf, type WindowName, windowOf, WINDOWS } from './spans.ts';
import { Standing } from './standing.tsx';

const Chart = lazy(async () => import('./charts.tsx'));

/** How delivery goes: now, over time, and what goes wrong. */
export function DeliveryTab({ destination }: { readonly destination: Listed<'listDestinations'> }) {
  return (
    <Stack gap="xl">
      <Standing destination={destination} />
      <OverTime destination={destination.id} />
      <Errors destination={destination.id} />
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
      const { data: rows } = await client.countAttempts({ query, signal });
      return spansOf(name, fromMs, rows);
    },
    refetchInterval: everyMs,
  });
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
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
          <ChartCard title="Attempts" name={name} kind="attempts" spans={data} />
          <ChartCard title="Latency of attempts" name={name} kind="latency" spans={data} />
        </SimpleGrid>
      )}
    </Stack>
  );
}

interface ChartCardProps {
  readonly title: string;
  readonly name: WindowName;
  readonly kind: 'attempts' | 'latency';
  readonly spans: readonly Span[] | undefined;
}

function ChartCard({ title, name, kind, spans }: ChartCardProps) {
  return (
    <Card withBorder miw={0}>
      <Title order={3} size="h5">
        {title}
      </Title>
      <Text size="sm" c="var(--quiet)" mb="sm">
        {spans === undefined ? '…' : summaryOf(kind, name, spans)}
      </Text>
      <Box h={CHART_PX} aria-hidden="true">
        {spans === undefined ? (
          <Skeleton h={CHART_PX} />
        ) : (
          <Suspense fallback={<Skeleton h={CHART_PX} />}>
            <Chart kind={kind} spans={spans} />
          </Suspense>
        )}
      </Box>
      {spans !== undefined && <SpansTable title={title} kind={kind} spans={spans} />}
    </Card>
  );
}

function summaryOf(kind: ChartCardProps['kind'], name: WindowName, spans: readonly Span[]): string {
  const sum = (field: 'succeeded' | 'failed' | 'rejected') => spans.reduce((total, span) => total + span[field], 0);
  const all = sum('succeeded') + sum('failed') + sum('rejected');
  const within = `in the last ${WINDOWS[name].label}`;
  if (all === 0) return `No attempts ${within}`;
  if (kind === 'attempts') {
    const parts = `${formatCount(sum('failed'))} failed where another attempt may help, ${formatCount(sum('rejected'))} rejected for good`;
    return `${formatOf(all, 'attempt')} ${within}: ${formatCount(sum('succeeded'))} succeeded, ${parts}`;
  }
  const slowest = Math.max(...spans.map(({ p99 }) => p99 ?? 0));
  return `Until the endpoint answered, or did not; p99 at most ${formatSpan(slowest)} ${within}`;
}

/** The same for who cannot see a chart; spans in which nothing happened are left out. */
function SpansTable({
  title,
  kind,
  spans,
}: Pick<ChartCardProps, 'title' | 'kind'> & { readonly spans: readonly Span[] }) {
  const fields =
    kind === 'attempts' ? (['succeeded', 'failed', 'rejected'] as const) : (['p50', 'p95', 'p99'] as const);
  const shown = spans.filter((span) => fields.some((field) => span[field] !== null && span[field] !== 0));
  if (shown.length === 0) return null;
  return (
    <VisuallyHidden>
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            {fields.map((field) => (
              <th key={field} scope="col">
                {field}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((span) => (
            <tr key={span.label}>
              <th scope="row">{span.label}</th>
              {fields.map((field) => (
                <td key={field}>{kind === 'attempts' ? span[field] : formatSpan(span[field] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </VisuallyHidden>
  );
}
