import { Anchor, Button, Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { EventType } from '../../../../src/contract/vocabulary.ts';
import { type Answered, client } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Json } from '../../parts/code.tsx';
import { LIVELY_MS, usePages } from '../../parts/lists.ts';
import { ButtonTo, To } from '../../parts/links.tsx';
import { Empty, Fault, Loading, Page } from '../../parts/page.tsx';
import { refusalWords } from '../../parts/refusal.ts';
import { type Column, Rows } from '../../parts/rows.tsx';
import { When } from '../../parts/when.tsx';
import { type Filters, narrowed } from '../../search.ts';
import { EventFilters, UNKNOWN_SOURCE } from './filters.tsx';

type EventsPage = Extract<Answered<'listEvents'>, { readonly isComplete: boolean }>;
type RefusedPage = Exclude<Answered<'listEvents'>, EventsPage>;
type ListedEvent = EventsPage['data'][number];
type Refused = RefusedPage['data'][number];

const LIMIT = 200;

/** What was accepted, and what was not, narrowed as one wants. */
export function Events() {
  const filters = useSearch({ from: '/events' });
  const navigate = useNavigate({ from: '/events' });
  const isRefused = filters.refused === 'true';
  return (
    <Page title="Events" about="What sources sent, newest first: accepted, or refused and why.">
      <SegmentedControl
        aria-label="Which calls"
        data={[
          { value: 'accepted', label: 'Accepted' },
          { value: 'refused', label: 'Refused' },
        ]}
        value={isRefused ? 'refused' : 'accepted'}
        onChange={(value) => {
          const { from = null, to = null } = filters;
          const source = filters.source === UNKNOWN_SOURCE ? null : (filters.source ?? null);
          const refused = value === 'refused' ? 'true' : null;
          void navigate({ search: narrowed({}, { source, from, to, refused }) });
        }}
        maw={320}
      />
      <EventFilters
        key={isRefused ? 'refused' : 'accepted'}
        filters={filters}
        onChange={(changed) => {
          void navigate({ search: narrowed(filters, changed), replace: true });
        }}
      />
      {isRefused ? <RefusedList filters={filters} /> : <AcceptedList filters={filters} />}
    </Page>
  );
}

function isNarrowed(filters: Filters): boolean {
  return Object.keys(filters).some((name) => name !== 'refused');
}

const ACCEPTED: readonly Column<ListedEvent>[] = [
  {
    name: 'Event',
    width: 'minmax(140px, 2fr)',
    cell: ({ id, name, type }) => (
      <To to="/events/$event" params={{ event: id }} fw={600} size="sm">
        {name ?? type}
      </To>
    ),
  },
  { name: 'Type', width: '70px', cell: ({ type }) => type },
  { name: 'User', width: 'minmax(90px, 1fr)', cell: ({ userId }) => userId ?? '–' },
  { name: 'Source', width: 'minmax(68px, 1fr)', cell: ({ source }) => source },
  { name: 'Message id', width: 'minmax(80px, 1.3fr)', cell: ({ messageId }) => messageId },
  { name: 'Received', width: '104px', cell: ({ receivedAt }) => <When at={receivedAt} /> },
];

function AcceptedList({ filters }: { readonly filters: Filters }) {
  const { data, entries, more, error, isPending, hasNextPage, isFetching, refetch, renew } = usePages<ListedEvent>(
    ['events', filters],
    async (cursor, signal) => {
      const { source, user, name, messageId, from, to } = filters;
      const type = filters.type as EventType | undefined;
      const query = { source, user, name, messageId, from, to, type, limit: LIMIT, ...cursor };
      return client.listEvents({ query, signal }) as Promise<EventsPage>;
    },
    { everyMs: LIVELY_MS },
  );
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Loading rows={8} />;
  const isIncomplete = data.pages.some((page) => !(page as EventsPage).isComplete);
  if (entries.length === 0 && !hasNextPage && !isIncomplete) {
    return isNarrowed(filters) ? (
      <Empty icon="search" title="No event is like that" action={<ButtonTo to="/events">Show all</ButtonTo>}>
        Names, users and message ids are compared whole, upper and lower case too. What is past its retention is gone.
      </Empty>
    ) : (
      <Empty icon="events" title="No events yet" action={<ButtonTo to="/">Send a test event</ButtonTo>}>
        What a source sends is here a moment after it was accepted.
      </Empty>
    );
  }
  return (
    <Stack gap="sm">
      {isIncomplete && (
        <Text size="sm" c="var(--warn)" role="status">
          The search index is still catching up: the newest events are missing here, and are delivered all the same.
        </Text>
      )}
      <Group justify="flex-end">
        <Again isBusy={isFetching} onClick={renew} />
      </Group>
      <Rows
        what="Accepted events"
        columns={ACCEPTED}
        entries={entries}
        keyOf={({ id }) => id}
        onEnd={more}
        foot={footOf(entries.length, 'event', { hasNextPage, isFetching })}
      />
    </Stack>
  );
}

function Again({ isBusy, onClick }: { readonly isBusy: boolean; readonly onClick: () => void }) {
  return (
    <Button size="xs" variant="default" loading={isBusy} onClick={onClick}>
      Refresh
    </Button>
  );
}

function footOf(
  count: number,
  what: string,
  { hasNextPage, isFetching }: { readonly hasNextPage: boolean; readonly isFetching: boolean },
): string {
  if (isFetching) return `${formatOf(count, what)}, looking for more …`;
  return hasNextPage ? `${formatOf(count, what)}, and there may be more` : `${formatOf(count, what)}, that is all`;
}

function refusedColumns(onShow: (refused: Refused) => void): readonly Column<Refused>[] {
  return [
    {
      name: 'Reason',
      width: 'minmax(170px, 3fr)',
      cell: (refused) => (
        <Anchor
          component="button"
          type="button"
          size="sm"
          fw={600}
          ta="left"
          truncate
          maw="100%"
          onClick={() => {
            onShow(refused);
          }}
        >
          {refusalWords(refused.reason)}
        </Anchor>
      ),
    },
    { name: 'Call', width: '70px', cell: ({ type, route }) => type ?? route },
    { name: 'Source', width: 'minmax(80px, 1fr)', cell: ({ source }) => source ?? 'unknown' },
    { name: 'Calls', width: '48px', cell: ({ count }) => count.toLocaleString('en-US') },
    { name: 'Message id', width: 'minmax(80px, 1fr)', cell: ({ messageId }) => messageId ?? '–' },
    { name: 'Refused', width: '104px', cell: ({ at }) => <When at={at} /> },
  ];
}

function RefusedList({ filters }: { readonly filters: Filters }) {
  const [shown, setShown] = useState<Refused | null>(null);
  const { entries, more, error, isPending, hasNextPage, isFetching, refetch, renew } = usePages<Refused>(
    ['events', filters],
    async (cursor, signal) => {
      const { reason, from, to } = filters;
      const source = filters.source === UNKNOWN_SOURCE ? '' : filters.source;
      const query = { source, reason, from, to, refused: true, limit: LIMIT, ...cursor };
      return client.listEvents({ query, signal }) as Promise<RefusedPage>;
    },
    { everyMs: LIVELY_MS },
  );
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Loading rows={8} />;
  if (entries.length === 0 && !hasNextPage) {
    return (
      <Empty icon="done" title="No refused calls are kept">
        {isNarrowed(filters)
          ? 'None is like that.'
          : 'A call that is answered with 200 and not accepted would be here, with its reason.'}
      </Empty>
    );
  }
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text size="sm" c="var(--quiet)">
          Samples: of many calls refused alike, the newest hundred are kept.
        </Text>
        <Again isBusy={isFetching} onClick={renew} />
      </Group>
      <Rows
        what="Refused calls"
        columns={refusedColumns(setShown)}
        entries={entries}
        keyOf={({ id }) => id}
        onEnd={more}
        foot={footOf(entries.length, 'sample', { hasNextPage, isFetching })}
      />
      <Modal
        opened={shown !== null}
        onClose={() => {
          setShown(null);
        }}
        title="Refused call"
        size="xl"
      >
        {shown !== null && <RefusedCall refused={shown} />}
      </Modal>
    </Stack>
  );
}

/** One of them, with what was sent. */
function RefusedCall({ refused }: { readonly refused: Refused }) {
  const { reason, message, at, source, writeKey, count, isCut, sample, messageId } = refused;
  return (
    <Stack gap="sm">
      <Text>
        Refused because {refusalWords(reason)} ({reason}).
      </Text>
      {message !== refusalWords(reason) && <Text size="sm">{message}</Text>}
      <Text size="sm" c="var(--quiet)" style={{ overflowWrap: 'anywhere' }}>
        <When at={at} />, source {source ?? 'unknown'}
        {writeKey === null ? '' : `, write key ${writeKey}`}, {formatOf(count, 'call')}
        {messageId === null ? '' : `, message id ${messageId}`}
      </Text>
      {sample === null ? <Text size="sm">Nothing of it is kept.</Text> : <Json value={sample} what="what was sent" />}
      {isCut && <Text size="sm">There was more; the beginning is kept.</Text>}
    </Stack>
  );
}
