import { Progress, Stack, Text, Title } from '@mantine/core';
import { client, type Listed } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { To } from '../../parts/links.tsx';
import { LIVELY_MS, usePages } from '../../parts/lists.ts';
import { Empty, Fault, Loading } from '../../parts/page.tsx';
import { type Column, Rows } from '../../parts/rows.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { useIsAdmin } from '../../parts/role.ts';
import { NewReplay } from './new-replay.tsx';

type Replay = Listed<'listReplays'>;

const COLUMNS: readonly Column<Replay>[] = [
  {
    name: 'Begun',
    width: '120px',
    cell: ({ id, createdAt }) => (
      <To to="/replays/$replay" params={{ replay: id }} inherit>
        <When at={createdAt} />
      </To>
    ),
  },
  { name: 'State', width: '100px', cell: ({ state }) => <State state={state} /> },
  { name: 'Of', width: 'minmax(140px, 2fr)', cell: (replay) => sliceOf(replay) },
  {
    name: 'Done',
    width: 'minmax(120px, 1fr)',
    cell: ({ done, total }) => (
      <>
        {formatCount(done)} of {formatCount(total)}
        <Progress value={total === 0 ? 0 : (100 * done) / total} size="xs" mt={2} aria-label="Done" />
      </>
    ),
  },
  { name: 'Dead', width: '70px', cell: ({ dead }) => formatCount(dead) },
];

/** Send earlier events again: choose which, and follow what was begun. */
export function ReplaysTab({ destination }: { readonly destination: Listed<'listDestinations'> }) {
  const mayChange = useIsAdmin();
  const { entries, more, error, isPending, hasNextPage, refetch } = usePages(
    ['replays', destination.id],
    async (cursor, signal) => {
      // The list is of all destinations.
      const { data, next } = await client.listReplays({ query: { limit: '200', ...cursor }, signal });
      return { data: data.filter((replay) => replay.destination === destination.id), next };
    },
    { everyMs: LIVELY_MS },
  );
  return (
    <Stack gap="lg">
      {mayChange && <NewReplay destination={destination} />}
      <Stack gap="xs">
        <Title order={2} size="h4">
          Replays to this destination
        </Title>
        {error !== null ? (
          <Fault error={error} onRetry={() => void refetch()} />
        ) : isPending ? (
          <Loading />
        ) : entries.length === 0 && !hasNextPage ? (
          <Empty icon="again" title="Nothing was replayed yet">
            A replay sends events again that the log still has: to a destination that is new, or after a bug was mended.
          </Empty>
        ) : (
          <Rows
            what="Replays"
            columns={COLUMNS}
            entries={entries}
            keyOf={({ id }) => id}
            onEnd={more}
            foot={hasNextPage ? 'There may be more' : <Text inherit>No more</Text>}
          />
        )}
      </Stack>
    </Stack>
  );
}

/** In a line, what is sent again. */
export function sliceOf({ filter: { ids, ...filter }, from, to }: Pick<Replay, 'filter' | 'from' | 'to'>): string {
  const parts = [
    ...(from === null ? [] : [`from ${from}`]),
    ...(to === null ? [] : [`before ${to}`]),
    ...Object.entries(filter).map(([name, value]) => `${name}: ${value}`),
    ...(ids === undefined ? [] : [`${ids.length} chosen events`]),
  ];
  return parts.length === 0 ? 'all that the log has' : parts.join(', ');
}
