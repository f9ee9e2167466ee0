import { Button, Card, Code as InlineCode, Group, Select, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useChange } from '../api.ts';
import { Icon } from '../icons.tsx';
import { useLive, type StreamMessage } from '../live.ts';
import { Copy } from '../parts/copy.tsx';
import { joined, type EventWithAttempts, LiveEvents } from '../parts/live-events.tsx';
import { ButtonTo, To } from '../parts/links.tsx';
import { Empty, Fault, Loading, Page } from '../parts/page.tsx';
import { useIsAdmin } from '../parts/role.ts';
import { SetupCode } from '../parts/setup-code.tsx';
import { State } from '../parts/state.tsx';
import { sampleCall, sendCall } from '../send.ts';
import { firstSources, firstDestinations } from '../questions.ts';

/** As many as one follows; the debugger of a source has more. */
const SHOWN_MAX = 25;

/** The first minute: a write key, code to send with, a test event, and what becomes of it. */
export function Home() {
  const sources = useQuery(firstSources);
  const [chosen, setChosen] = useState<string | null>(null);
  if (sources.error !== null) return <Fault error={sources.error} onRetry={() => void sources.refetch()} />;
  const all = sources.data?.data ?? [];
  const source = all.find(({ id }) => id === chosen) ?? all.find(({ enabled }) => enabled) ?? all[0];
  const writeKey = source?.writeKeys[0];
  return (
    <Page title="Start" about="Send events with any Segment library, and watch them reach your endpoints.">
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        <Stack gap="lg">
          <Card withBorder>
            <Title order={2} size="h4" mb="sm">
              1. Send
            </Title>
            {sources.isPending ? (
              <Loading />
            ) : source === undefined || writeKey === undefined ? (
              <Empty
                icon="sources"
                title="There is no source yet"
                action={<ButtonTo to="/sources">Make a source</ButtonTo>}
              >
                A source is where calls come from. Its write key is what libraries send with.
              </Empty>
            ) : (
              <Stack>
                {all.length > 1 && (
                  <Select
                    label="Source"
                    data={all.map(({ id, name }) => ({ value: id, label: name }))}
                    value={source.id}
                    onChange={setChosen}
                    allowDeselect={false}
                    maw={320}
                  />
                )}
                <Group gap={6}>
                  <Text size="sm">Write key</Text>
                  <InlineCode fz="sm">{writeKey}</InlineCode>
                  <Copy text={writeKey} what="write key" />
                </Group>
                <SetupCode writeKey={writeKey} kind={source.kind} />
                <TestEvent writeKey={writeKey} />
              </Stack>
            )}
          </Card>
          <Standing />
        </Stack>
        <Card withBorder>
          <Title order={2} size="h4" mb="sm">
            2. See it arrive
          </Title>
          <Arriving />
        </Card>
      </SimpleGrid>
    </Page>
  );
}

function TestEvent({ writeKey }: { readonly writeKey: string }) {
  const isAdmin = useIsAdmin();
  const send = useChange(async () => sendCall(writeKey, sampleCall()), { done: () => 'Accepted, and on disk' });
  // Real endpoints get it, as they get any event.
  if (!isAdmin) return <Text size="sm">Sending a test event from here takes the role admin.</Text>;
  return (
    <Group>
      <Button
        leftSection={<Icon name="send" size={16} />}
        loading={send.isPending}
        onClick={() => {
          send.mutate(undefined);
        }}
      >
        Send a test event
      </Button>
      <Text size="sm" c="var(--quiet)">
        An order, as a shop would send it.
      </Text>
    </Group>
  );
}

function Arriving() {
  const [entries, setEntries] = useState<readonly EventWithAttempts[]>([]);
  const onMessages = useCallback((messages: readonly StreamMessage[]) => {
    setEntries((before) => joined(before, messages, SHOWN_MAX));
  }, []);
  const state = useLive({ kinds: 'event,attempt' }, onMessages);
  return (
    <>
      {state === 'waiting' && (
        <Text size="sm" c="var(--warn)" role="status" mb="xs">
          The connection was lost, and is tried again.
        </Text>
      )}
      <LiveEvents entries={entries} />
    </>
  );
}

/** Where events go, and whether they get there. */
function Standing() {
  const isAdmin = useIsAdmin();
  const { data, error } = useQuery({
    ...firstDestinations,
    refetchInterval: 5_000,
  });
  if (error !== null) return <Fault error={error} />;
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          Destinations
        </Title>
        {isAdmin && (
          <ButtonTo to="/new-destination" size="xs" variant="light" leftSection={<Icon name="add" size={14} />}>
            Connect a webhook
          </ButtonTo>
        )}
      </Group>
      {data === undefined ? (
        <Loading rows={1} />
      ) : (
        <Stack gap="xs">
          {data.data.slice(0, 10).map(({ id, name, enabled, isHeld, owed }) => (
            <Group key={id} justify="space-between" wrap="nowrap">
              <To to="/destinations/$destination/{-$tab}" params={{ destination: id }} truncate>
                {name}
              </To>
              <Group gap="xs" wrap="nowrap">
                {owed !== null && owed.waiting > 0 && (
                  <Text size="sm">{owed.waiting.toLocaleString('en-US')} waiting</Text>
                )}
                <State
                  state={enabled ? (isHeld === true ? 'held' : 'open') : 'disabled'}
                  label={enabled ? (isHeld === true ? 'held' : 'delivering') : 'disabled'}
                />
              </Group>
            </Group>
          ))}
          {data.data.length === 0 && <Text size="sm">Nothing is delivered anywhere yet.</Text>}
        </Stack>
      )}
    </Card>
  );
}
