import { Button, Group, Stack, Text } from '@mantine/core';
import { client, type Listed, useChange } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { Confirm, useAsking } from '../../parts/confirm.tsx';
import { ButtonTo } from '../../parts/links.tsx';
import { LIVELY_MS, usePages } from '../../parts/lists.ts';
import { Empty, Fault, Loading } from '../../parts/page.tsx';
import { type Column, Rows } from '../../parts/rows.tsx';
import { DELIVERY_COLUMNS, type Delivery } from './deliveries-tab.tsx';
import { useIsAdmin } from '../../parts/role.ts';

const RETRY: Column<Delivery> = { name: 'Retry', width: '84px', cell: ({ id }) => <RetryOne id={id} /> };
const SHOWN = DELIVERY_COLUMNS.filter(({ name }) => name !== 'Next attempt' && name !== 'State');

/** What is given up, until somebody retries it. */
export function DeadLettersTab({ destination: { id, name } }: { readonly destination: Listed<'listDestinations'> }) {
  const mayChange = useIsAdmin();
  const { entries, more, error, isPending, hasNextPage, refetch } = usePages(
    ['deliveries', id, 'dead'],
    async (cursor, signal) =>
      client.listDeliveries({ query: { destination: id, state: 'dead', limit: '200', ...cursor }, signal }),
    { everyMs: LIVELY_MS },
  );
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Loading rows={8} />;
  if (entries.length === 0 && !hasNextPage) {
    return (
      <Empty icon="done" title="No dead letters">
        A delivery is dead when its retries are spent, or when none would help. Then it waits here until it is retried,
        as long as the history is kept.
      </Empty>
    );
  }
  const found = `${formatOf(entries.length, 'dead letter')}${hasNextPage ? ' so far' : ''}`;
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="var(--quiet)" role="status">
          {found}
        </Text>
        {mayChange && (
          <Group gap="xs">
            <ButtonTo
              size="xs"
              variant="default"
              to="/destinations/$destination/{-$tab}"
              params={{ destination: id, tab: 'replays' }}
              search={{ state: 'dead' }}
            >
              Replay some of them
            </ButtonTo>
            <RetryAll id={id} name={name} />
          </Group>
        )}
      </Group>
      <Rows
        what="Dead letters"
        columns={mayChange ? [...SHOWN, RETRY] : SHOWN}
        entries={entries}
        keyOf={(delivery) => delivery.id}
        onEnd={more}
        foot={hasNextPage ? found : `${found}, and no more`}
      />
    </Stack>
  );
}

function RetryOne({ id }: { readonly id: string }) {
  const retry = useChange(async () => client.retryDelivery({ params: { id } }), {
    // The list asks again by itself, or is so long that it is not to be asked for again at every row.
    ...{ done: () => 'It is tried again at once', refresh: [['destinations']] },
  });
  return (
    <Button
      size="compact-xs"
      variant="light"
      aria-label={`Retry ${id}`}
      loading={retry.isPending}
      disabled={retry.isSuccess}
      onClick={() => {
        retry.mutate(undefined);
      }}
    >
      {retry.isSuccess ? 'Retried' : 'Retry'}
    </Button>
  );
}

function RetryAll({ id, name }: { readonly id: string; readonly name: string }) {
  const retry = useChange(async () => client.retryDeliveries({ query: { destination: id } }), {
    refresh: [['deliveries'], ['destinations']],
    done: ({ retried, hasMore }) =>
      `${formatOf(retried, 'delivery', 'deliveries')} will be tried again${hasMore ? '; there are more: retry once more' : ''}`,
  });
  const { ask, confirm } = useAsking(retry);
  return (
    <>
      <Button
        size="xs"
        leftSection={<Icon name="again" size={14} />}
        onClick={() => {
          ask(undefined);
        }}
      >
        Retry all
      </Button>
      <Confirm {...confirm} title={`Retry all dead letters of ${name}?`} verb="Retry all">
        <Text size="sm">
          The oldest come first, up to 10,000 at a time, each with all of its retries, beside what is new. Its endpoints
          get them as fast as its settings let them.
        </Text>
      </Confirm>
    </>
  );
}
