import { Button, Card, Group, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type Answered, client, queries, useChange } from '../../api.ts';
import { formatCount, formatOf } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { Confirm, useAsking } from '../../parts/confirm.tsx';
import { DestinationName } from '../../parts/destination-name.tsx';
import { To } from '../../parts/links.tsx';
import { Fault, Loading, Page } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { useIsAdmin } from '../../parts/role.ts';
import { sliceOf } from './replays-tab.tsx';

type Replay = Answered<'getReplay'>;

const EVERY_MS = 1_000;

const END_REASONS: Readonly<Record<string, string>> = {
  cancelled: 'Somebody cancelled it.',
  destination_gone: 'Its destination was deleted or disabled.',
  too_many_events: 'It was about more events than one replay may have: choose a smaller slice.',
  person_erased: 'The person whom it was about was erased.',
};

function hasEnded({ state }: Replay): boolean {
  return state === 'finished' || state === 'cancelled';
}

export function ReplayPage() {
  const { replay: id } = useParams({ from: '/replays/$replay' });
  const { data, error, refetch } = useQuery({
    queryKey: ['replays', 'one', id],
    queryFn: async ({ signal }) => client.getReplay({ params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data !== undefined && hasEnded(state.data) ? false : EVERY_MS),
  });
  const trail = [
    <To key="all" to="/destinations">
      Destinations
    </To>,
    ...(data === undefined
      ? []
      : [
          <To
            key="one"
            to="/destinations/$destination/{-$tab}"
            params={{ destination: data.destination, tab: 'replays' }}
          >
            <DestinationName id={data.destination} />
          </To>,
        ]),
  ];
  return (
    <Page
      title="Replay"
      trail={trail}
      mark={<span role="status">{data !== undefined && <State state={data.state} />}</span>}
      about={<span style={{ overflowWrap: 'anywhere' }}>{id}</span>}
      actions={data !== undefined && !hasEnded(data) && <Actions replay={data} />}
    >
      {error !== null && data === undefined ? (
        <Fault error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : (
        <Shown replay={data} />
      )}
    </Page>
  );
}

function Shown({ replay }: { readonly replay: Replay }) {
  const { state, total, done, delivered, dead, cancelled, expired, reason, createdAt, endedAt, ratePerSecond } = replay;
  const isCounting = state === 'counting';
  const percent = total === 0 ? (hasEnded(replay) ? 100 : 0) : (100 * done) / total;
  return (
    <Stack gap="lg">
      <Card withBorder>
        <Stack gap="sm">
          <Title order={2} size="h4">
            {isCounting
              ? `Counting: ${formatCount(total)} so far`
              : `${formatCount(done)} of ${formatCount(total)} done`}
          </Title>
          <Progress.Root size="lg">
            <Progress.Section
              value={percent}
              animated={isCounting || state === 'running'}
              aria-label={`${Math.floor(percent)} % done`}
            />
          </Progress.Root>
          <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
            <Figure label="Delivered" count={delivered} />
            <Figure label="Dead" count={dead} />
            <Figure label="Cancelled" count={cancelled} />
            <Figure label="Forgotten by the log" count={expired} />
          </SimpleGrid>
          {/* What changes each second would be read out each second: the end of it is. */}
          <Text size="sm" role="status">
            {endedText(replay)}
          </Text>
        </Stack>
      </Card>
      <Stack gap={4}>
        <Title order={2} size="h4">
          What is sent
        </Title>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {sliceOf(replay)}
        </Text>
        <Text size="sm" c="var(--quiet)">
          {ratePerSecond === null
            ? 'As fast as new events leave room'
            : `At most ${formatOf(ratePerSecond, 'attempt')} per second`}
          , begun <When at={createdAt} />
          {endedAt !== null && (
            <>
              , ended <When at={endedAt} />
            </>
          )}
        </Text>
        {reason !== null && <Text size="sm">{Object.hasOwn(END_REASONS, reason) ? END_REASONS[reason] : reason}</Text>}
      </Stack>
    </Stack>
  );
}

function endedText({ state, total, delivered, dead }: Replay): string {
  switch (state) {
    case 'counting':
      return 'Which events it is about is found out first. It begins by itself then.';
    case 'running':
      return 'It is being sent, beside what is new.';
    case 'paused':
      return 'It is paused. What is left waits until it is resumed.';
    case 'finished':
      return total === 0
        ? 'No event is so: nothing was sent.'
        : `It is over: ${formatCount(delivered)} delivered, ${formatCount(dead)} dead.`;
    case 'cancelled':
      return 'It was ended before all was sent.';
  }
}

function Figure({ label, count }: { readonly label: string; readonly count: number }) {
  return (
    <div>
      <Text size="sm" c="var(--quiet)">
        {label}
      </Text>
      <Text size="lg" fw={600}>
        {formatCount(count)}
      </Text>
    </div>
  );
}

function Actions({ replay: { id, state, total, done } }: { readonly replay: Replay }) {
  const mayChange = useIsAdmin();
  const told = async (answer: Promise<Replay>) => {
    queries.setQueryData(['replays', 'one', id], await answer);
  };
  const asked = { params: { id } };
  const refresh = [['replays']];
  const pause = useChange(async () => told(client.pauseReplay(asked)), { done: () => 'It is paused', refresh });
  const resume = useChange(async () => told(client.resumeReplay(asked)), { done: () => 'It goes on', refresh });
  const cancel = useChange(async () => told(client.cancelReplay(asked)), { done: () => 'It was cancelled', refresh });
  const { ask, confirm } = useAsking(cancel);
  if (!mayChange) return null;
  const change = state === 'paused' ? resume : pause;
  return (
    <Group gap="xs">
      <Button
        variant="default"
        disabled={state === 'counting'}
        leftSection={<Icon name={state === 'paused' ? 'play' : 'pause'} size={16} />}
        loading={change.isPending}
        onClick={() => {
          change.mutate(undefined);
        }}
      >
        {state === 'paused' ? 'Resume' : 'Pause'}
      </Button>
      <Button
        variant="default"
        leftSection={<Icon name="close" size={16} />}
        onClick={() => {
          ask(undefined);
        }}
      >
        Cancel
      </Button>
      <Confirm {...confirm} title="Cancel this replay?" verb="Cancel the replay">
        <Text size="sm">
          The {formatCount(Math.max(0, total - done))} deliveries that are left are cancelled, and it cannot be resumed.
          What was sent stays sent.
        </Text>
      </Confirm>
    </Group>
  );
}
