import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { CALL_TYPES, DELIVERY_STATES, OUTCOMES } from '../../../../src/contract/vocabulary.ts';
import { client, type Listed } from '../../api.ts';
import { csvField, formatOf } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { shownCode } from '../../parts/explained.tsx';
import { FilterChoice, FilterMoment, FilterText } from '../../parts/filter-fields.tsx';
import { To } from '../../parts/links.tsx';
import { LIVELY_MS, usePages } from '../../parts/lists.ts';
import { Empty, Fault, Loading } from '../../parts/page.tsx';
import { type Column, Rows } from '../../parts/rows.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import type { Filters } from '../../search.ts';
import { type Change, deliveriesAsked, narrowedBy, useFilters } from './narrowing.ts';

export type Delivery = Listed<'listDeliveries'>;

const NONE_CHOSEN = {
  ...{ state: null, outcome: null, error: null, endpoint: null, type: null, name: null, user: null },
  ...{ source: null, from: null, to: null },
};

export const DELIVERY_COLUMNS: readonly Column<Delivery>[] = [
  {
    name: 'Delivery',
    width: 'minmax(150px, 1.4fr)',
    cell: ({ id }) => (
      <To to="/deliveries/$delivery" params={{ delivery: id }} inherit>
        {id}
      </To>
    ),
  },
  { name: 'State', width: '96px', cell: ({ state }) => <State state={state} /> },
  { name: 'Last answer', width: 'minmax(120px, 1.2fr)', cell: (delivery) => answerOf(delivery) },
  { name: 'Attempts', width: '72px', cell: ({ attempts }) => madeOf(attempts).length },
  {
    name: 'Last attempt',
    width: '110px',
    cell: ({ attempts }) => <Moment at={madeOf(attempts).at(-1)?.at ?? null} />,
  },
  { name: 'Next attempt', width: '110px', cell: ({ nextAttemptAt }) => <Moment at={nextAttemptAt} /> },
];

/** Every delivery to a destination, narrowed as the URL says. */
export function DeliveriesTab({ destination: { id } }: { readonly destination: Listed<'listDestinations'> }) {
  const [filters, change] = useFilters();
  const asked = { destination: id, ...deliveriesAsked(filters) };
  const { entries, more, error, isPending, isFetching, hasNextPage, refetch, renew } = usePages(
    ['deliveries', id, 'list', asked],
    async (cursor, signal) => client.listDeliveries({ query: { ...asked, limit: '200', ...cursor }, signal }),
    { everyMs: LIVELY_MS },
  );
  const foot = hasNextPage
    ? isFetching
      ? 'Looking for more …'
      : `${formatOf(entries.length, 'delivery', 'deliveries')} so far`
    : `${formatOf(entries.length, 'delivery', 'deliveries')}, and no more`;
  return (
    <Stack>
      <DeliveryFilters filters={filters} onChange={change} />
      <Group justify="space-between">
        <Text size="sm" c="var(--quiet)" role="status">
          {isPending ? 'Looking …' : foot}
        </Text>
        <Group gap="xs">
          <Button size="xs" variant="default" leftSection={<Icon name="again" size={14} />} onClick={renew}>
            Refresh
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<Icon name="download" size={14} />}
            disabled={entries.length === 0}
            onClick={() => {
              download(`deliveries-${id}.csv`, csvOf(entries));
            }}
          >
            Export what is shown (CSV)
          </Button>
        </Group>
      </Group>
      {error !== null ? (
        <Fault error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Loading rows={8} />
      ) : entries.length === 0 && !hasNextPage ? (
        <NoDeliveries isNarrowed={narrowedBy(filters) > 0} />
      ) : (
        <Rows
          what="Deliveries"
          columns={DELIVERY_COLUMNS}
          entries={entries}
          keyOf={(delivery) => delivery.id}
          onEnd={more}
          foot={foot}
        />
      )}
    </Stack>
  );
}

function NoDeliveries({ isNarrowed }: { readonly isNarrowed: boolean }) {
  return isNarrowed ? (
    <Empty icon="search" title="No delivery is so">
      Take a filter away, or look at a longer time.
    </Empty>
  ) : (
    <Empty icon="destinations" title="Nothing was delivered yet">
      What its sources accept from now on is delivered here. Send an event, or replay earlier ones.
    </Empty>
  );
}

function DeliveryFilters({ filters, onChange }: { readonly filters: Filters; readonly onChange: Change }) {
  const field = (name: keyof typeof NONE_CHOSEN) => ({
    value: filters[name],
    onChange: (value: string | null) => {
      onChange({ [name]: value });
    },
  });
  return (
    <Stack gap="xs" role="search" aria-label="Narrow deliveries">
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs">
        <FilterChoice label="State" options={DELIVERY_STATES} {...field('state')} />
        <FilterChoice label="Outcome of an attempt" options={OUTCOMES} {...field('outcome')} />
        <FilterText label="Error" placeholder="timeout, http_503" {...field('error')} />
        <FilterChoice label="Type of event" options={CALL_TYPES} {...field('type')} />
        <FilterText label="Event name" {...field('name')} />
        <FilterText label="User" placeholder="userId or anonymousId" {...field('user')} />
        <FilterMoment label="Received from" {...field('from')} />
        <FilterMoment label="Received before" {...field('to')} />
      </SimpleGrid>
      {narrowedBy(filters) > 0 && (
        <Group gap="xs">
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => {
              onChange(NONE_CHOSEN);
            }}
          >
            Show all deliveries
          </Button>
          {filters.endpoint !== undefined && (
            <Text size="xs" c="var(--quiet)" style={{ overflowWrap: 'anywhere' }}>
              At {filters.endpoint} alone
            </Text>
          )}
        </Group>
      )}
    </Stack>
  );
}

function Moment({ at }: { readonly at: string | null }) {
  return at === null ? '–' : <When at={at} />;
}

/** Those that were made, in the order of time. */
export function madeOf(attempts: Delivery['attempts']): Delivery['attempts'] {
  return attempts.filter(({ outcome }) => outcome !== 'skipped').sort((a, b) => a.at.localeCompare(b.at));
}

function answerOf({ attempts, reason }: Delivery): string {
  const last = madeOf(attempts).at(-1);
  if (last === undefined) return reason ?? '–';
  return last.error === null ? `HTTP ${String(last.status)}` : shownCode(last.error.code);
}

const CSV_HEAD = [
  ...['delivery', 'event', 'destination', 'state', 'reason', 'attempts', 'lastAttemptAt', 'lastOutcome'],
  ...['lastStatus', 'lastError', 'lastEndpoint', 'nextAttemptAt'],
];

function csvOf(deliveries: readonly Delivery[]): string {
  const lines = deliveries.map(({ id, event, destination, state, reason, attempts, nextAttemptAt }) => {
    const made = madeOf(attempts);
    const last = made.at(-1);
    return [
      ...[id, event, destination, state, reason, made.length, last?.at ?? null, last?.outcome ?? null],
      ...[last?.status ?? null, last?.error?.code ?? null, last?.endpoint ?? null, nextAttemptAt],
    ];
  });
  return [CSV_HEAD, ...lines].map((line) => `${line.map(csvField).join(',')}\r\n`).join('');
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has to have begun before it goes.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 10_000);
}
