import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type Answered, client, useChange } from '../../api.ts';
import { Icon } from '../../icons.tsx';
import { Json } from '../../parts/code.tsx';
import { Explanation, shownCode } from '../../parts/explained.tsx';
import { DestinationName } from '../../parts/destination-name.tsx';
import { To } from '../../parts/links.tsx';
import { Empty, Fault, Loading, Page } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { Attempts } from './attempts.tsx';
import { useIsAdmin } from '../../parts/role.ts';
import { oneDestination, oneEvent } from '../../questions.ts';

type Delivery = Answered<'getDelivery'>;

/** While it may still change. */
const PENDING_EVERY_MS = 2_000;

export function DeliveryPage() {
  const { delivery: id } = useParams({ from: '/deliveries/$delivery' });
  const { data, error, refetch } = useQuery({
    queryKey: ['deliveries', 'one', id],
    queryFn: async ({ signal }) => client.getDelivery({ params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? PENDING_EVERY_MS : false),
  });
  const trail = [
    <To key="all" to="/destinations">
      Destinations
    </To>,
    data !== undefined && (
      <To
        key="one"
        to="/destinations/$destination/{-$tab}"
        params={{ destination: data.destination, tab: 'deliveries' }}
      >
        <DestinationName id={data.destination} />
      </To>
    ),
  ].filter((link) => link !== false);
  return (
    <Page
      title="Delivery"
      trail={trail}
      mark={<span role="status">{data !== undefined && <State state={data.state} />}</span>}
      about={<span style={{ overflowWrap: 'anywhere' }}>{id}</span>}
      actions={data?.state === 'dead' && <Retry delivery={data} />}
    >
      {error !== null && data === undefined ? (
        <Fault error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading rows={8} />
      ) : (
        <Shown delivery={data} />
      )}
    </Page>
  );
}

function Retry({ delivery: { id } }: { readonly delivery: Delivery }) {
  const mayChange = useIsAdmin();
  const retry = useChange(async () => client.retryDelivery({ params: { id } }), {
    ...{ done: () => 'It is tried again at once, with all of its retries', refresh: [['deliveries']] },
  });
  if (!mayChange) return null;
  return (
    <Button
      leftSection={<Icon name="again" size={16} />}
      loading={retry.isPending}
      onClick={() => {
        retry.mutate(undefined);
      }}
    >
      Retry
    </Button>
  );
}

function Shown({ delivery }: { readonly delivery: Delivery }) {
  const { event, destination, replay, state, reason, attempts, nextAttemptAt } = delivery;
  const asked = useQuery(oneEvent(event));
  // Which method it is sent by. A destination that is gone has none any more.
  const { data: to } = useQuery(oneDestination(destination));
  return (
    <Stack gap="lg">
      <Card withBorder>
        <Stack gap={4}>
          <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
            Event{' '}
            <To to="/events/$event" params={{ event }}>
              {asked.data?.name ?? event}
            </To>{' '}
            to{' '}
            <To to="/destinations/$destination/{-$tab}" params={{ destination }}>
              {to?.name ?? destination}
            </To>
            {replay !== null && (
              <>
                , of{' '}
                <To to="/replays/$replay" params={{ replay }}>
                  a replay
                </To>
              </>
            )}
          </Text>
          {reason !== null && (
            <Group gap="xs" align="baseline">
              <Text size="sm" fw={600}>
                {state === 'dead' ? 'Dead' : 'Cancelled'}: {shownCode(reason)}
              </Text>
              <Explanation code={reason} />
            </Group>
          )}
        </Stack>
      </Card>
      <Stack gap="sm">
        <Title order={2} size="h4">
          Attempts
        </Title>
        {attempts.length === 0 && nextAttemptAt === null ? (
          <Empty icon="clock" title="No attempt was made yet" />
        ) : (
          <Attempts
            attempts={attempts}
            nextAttemptAt={nextAttemptAt}
            body={asked.data?.body}
            method={to?.delivery.method ?? 'POST'}
          />
        )}
      </Stack>
      <Stack gap="sm">
        <Title order={2} size="h4">
          Event
        </Title>
        {asked.error !== null ? (
          <Fault error={asked.error} onRetry={() => void asked.refetch()} />
        ) : asked.data === undefined ? (
          <Loading />
        ) : (
          <Json value={asked.data.body} what="event" />
        )}
      </Stack>
    </Stack>
  );
}
