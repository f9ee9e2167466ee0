import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { client, type Answered, type Listed } from '../../api.ts';
import { formatOf, formatShort, formatSpan } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { ButtonTo, To } from '../../parts/links.tsx';
import { LIVELY_MS, usePages } from '../../parts/lists.ts';
import { Empty, Fault, Loading, Page } from '../../parts/page.tsx';
import { type Column, Rows } from '../../parts/rows.tsx';
import { Sparkline } from '../../parts/sparkline.tsx';
import { State } from '../../parts/state.tsx';
import { useNow } from '../../parts/when.tsx';
import { useIsAdmin } from '../../parts/role.ts';

type Destination = Listed<'listDestinations'>;

const MINUTES = 60;

/** Where events go, and at a glance whether they get there. */
export function Destinations() {
  const { entries, error, isPending, refetch, more, hasNextPage } = usePages(
    ['destinations', 'pages'],
    async (cursor, signal) => client.listDestinations({ query: { limit: 200, ...cursor }, signal }),
    { everyMs: LIVELY_MS },
  );
  const attempts = useHour();
  const isAdmin = useIsAdmin();
  const columns = useMemo(() => columnsOf(attempts), [attempts]);
  const connect = !isAdmin ? undefined : (
    <ButtonTo to="/new-destination" leftSection={<Icon name="add" size={16} />}>
      Connect a webhook
    </ButtonTo>
  );
  return (
    <Page title="Destinations" about="Where events go, and whether they get there." actions={connect}>
      {error !== null && entries.length === 0 ? (
        <Fault error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Loading rows={5} />
      ) : entries.length === 0 ? (
        <Empty icon="destinations" title="Nothing is delivered anywhere yet" action={connect}>
          A destination sends the events of your sources to up to five webhooks, signs them, and tries again where one
          fails.
        </Empty>
      ) : (
        <Rows
          what="Destinations"
          columns={columns}
          entries={entries}
          keyOf={({ id }) => id}
          onEnd={more}
          height="70vh"
          foot={hasNextPage ? 'More come as you scroll.' : formatOf(entries.length, 'destination')}
        />
      )}
    </Page>
  );
}

interface Hour {
  readonly succeeded: number[];
  readonly failed: number[];
}

/** Attempts of the last hour, by destination and minute; null while that is not known. */
function useHour(): ReadonlyMap<string, Hour> | null {
  const { data } = useQuery({
    queryKey: ['stats', 'last-hour'],
    queryFn: async ({ signal }) => {
      const fromMs = (Math.floor(Date.now() / 60_000) - MINUTES + 1) * 60_000;
      const from = new Date(fromMs).toISOString();
      const answer = await client.countAttempts({ query: { step: '1m', from }, signal });
      return hoursOf(answer.data, fromMs);
    },
    refetchInterval: LIVELY_MS,
  });
  return data ?? null;
}

function hoursOf(rows: Answered<'countAttempts'>['data'], fromMs: number): ReadonlyMap<string, Hour> {
  const hours = new Map<string, Hour>();
  for (const { at, destination, attempts } of rows) {
    const minute = Math.floor((Date.parse(at) - fromMs) / 60_000);
    if (minute < 0 || minute >= MINUTES) continue;
    const hour = hours.get(destination) ?? { succeeded: zeros(), failed: zeros() };
    hour.succeeded[minute] = (hour.succeeded[minute] ?? 0) + attempts.succeeded;
    hour.failed[minute] = (hour.failed[minute] ?? 0) + attempts.failed + attempts.rejected;
    hours.set(destination, hour);
  }
  return hours;
}

function zeros(): number[] {
  return Array.from({ length: MINUTES }, () => 0);
}

function columnsOf(hours: ReadonlyMap<string, Hour> | null): readonly Column<Destination>[] {
  const sumOf = (id: string, of: keyof Hour): number | null =>
    hours === null ? null : (hours.get(id)?.[of] ?? []).reduce((sum, count) => sum + count, 0);
  return [
    {
      name: 'Destination',
      width: 'minmax(104px, 2fr)',
      cell: ({ id, name }) => (
        <To to="/destinations/$destination/{-$tab}" params={{ destination: id }} fw={600} truncate title={name}>
          {name}
        </To>
      ),
    },
    {
      name: 'State',
      width: '98px',
      cell: (destination) => <Standing destination={destination} hour={hours?.get(destination.id)} />,
    },
    {
      name: 'Last hour',
      width: 'minmax(84px, 1.2fr)',
      cell: ({ id }) =>
        hours === null ? null : (
          <Sparkline {...(hours.get(id) ?? { succeeded: [], failed: [] })} span="the last hour" />
        ),
    },
    { name: 'Delivered', width: '70px', cell: ({ id }) => <Count count={sumOf(id, 'succeeded')} /> },
    { name: 'Failing', width: '62px', cell: ({ id }) => <Count count={sumOf(id, 'failed')} color="var(--bad)" /> },
    { name: 'Waiting', width: '62px', cell: ({ owed }) => <Count count={owed?.waiting ?? null} /> },
    { name: 'Lag', width: '58px', cell: ({ owed }) => <Lag oldestAt={owed?.oldestAt ?? null} /> },
  ];
}

interface StandingProps {
  readonly destination: Destination;
  readonly hour: Hour | undefined;
}

function Standing({ destination: { enabled, isHeld, endpoints }, hour }: StandingProps) {
  if (!enabled) return <State state="disabled" />;
  const isPaused = endpoints.length > 0 && endpoints.every(({ state }) => state === 'paused');
  if (isPaused) return <State state="paused" />;
  if (isHeld === true) return <State state="held" />;
  // One of several is down: it delivers, and somebody should look.
  const down = endpoints.filter(({ state }) => state === 'held' || state === 'paused').length;
  if (down > 0) return <State state="held" label={`${down} of ${endpoints.length} down`} />;
  return isFailing(hour) ? <State state="dead" label="failing" /> : <State state="open" label="delivering" />;
}

/** Of what was attempted last nothing was taken, and no breaker holds it yet, or none may. */
function isFailing(hour: Hour | undefined): boolean {
  if (hour === undefined) return false;
  const lastOf = (counts: readonly number[]): number => counts.findLastIndex((count) => count > 0);
  return lastOf(hour.failed) > lastOf(hour.succeeded);
}

function Count({ count, color }: { readonly count: number | null; readonly color?: string }) {
  const isSaid = color !== undefined && count !== null && count > 0;
  return (
    <Text size="sm" {...(isSaid ? { c: color, fw: 600 } : {})}>
      {count === null ? '–' : formatShort(count)}
    </Text>
  );
}

/** How old the oldest event is that waits. */
function Lag({ oldestAt }: { readonly oldestAt: string | null }) {
  const now = useNow();
  if (oldestAt === null) return <Text size="sm">–</Text>;
  const ms = Math.max(0, now - Date.parse(oldestAt));
  return <Text size="sm">{ms < 1_000 ? '< 1 s' : formatSpan(ms)}</Text>;
}
