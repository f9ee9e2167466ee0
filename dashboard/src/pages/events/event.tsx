import { Card, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { FateState } from '../../../../src/contract/vocabulary.ts';
import { type Answered } from '../../api.ts';
import { Copy } from '../../parts/copy.tsx';
import { DestinationName } from '../../parts/destination-name.tsx';
import { Fields } from '../../parts/fields.tsx';
import { To } from '../../parts/links.tsx';
import { Fault, Loading, Page } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { oneEvent } from '../../questions.ts';
import { PrettyOrRaw } from '../../parts/pretty-or-raw.tsx';

type Traced = Answered<'getEvent'>;

const AGAIN_MS = 2_000;

/** One event: what endpoints get of it, and what became of it at each destination. */
export function EventPage() {
  const { event: id } = useParams({ from: '/events/$event' });
  const { data, error, refetch } = useQuery({
    ...oneEvent(id),
    // As long as something may still become of it.
    refetchInterval: ({ state }) => (state.data?.destinations.some((each) => isOpen(each)) === true ? AGAIN_MS : false),
  });
  const trail = [
    <To key="events" to="/events" size="sm">
      Events
    </To>,
  ];
  return (
    <Page title={data?.name ?? data?.type ?? 'Event'} trail={trail} mark={data && <State state={data.type} />}>
      {error !== null && <Fault error={error} onRetry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading rows={8} />
      ) : (
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
          <Delivered event={data} />
          <Stack gap="lg">
            <Card withBorder>
              <Title order={2} size="h4" mb="sm">
                What became of it
              </Title>
              <Fates fates={data.destinations} />
            </Card>
            <About event={data} />
          </Stack>
        </SimpleGrid>
      )}
    </Page>
  );
}

function isOpen({ state }: Traced['destinations'][number]): boolean {
  return state === 'waiting' || state === 'held';
}

function Delivered({ event }: { readonly event: Traced }) {
  return (
    <Card withBorder>
      <PrettyOrRaw title="As it is delivered" text={JSON.stringify(event.body)} what="event" maxHeight={640} />
    </Card>
  );
}

function About({ event }: { readonly event: Traced }) {
  const copied = (text: string, what: string) => (
    <Group gap={4} wrap="nowrap">
      <span style={{ overflowWrap: 'anywhere' }}>{text}</span>
      <Copy text={text} what={what} />
    </Group>
  );
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        About it
      </Title>
      <Fields
        fields={[
          ['Event id', copied(event.id, 'event id')],
          ['Message id', copied(event.messageId, 'message id')],
          ['Type', event.type],
          ['Event name', event.name ?? '–'],
          [
            'User',
            event.userId === null ? (
              '–'
            ) : (
              <To key="user" to="/events" search={{ user: event.userId }} style={{ overflowWrap: 'anywhere' }}>
                {event.userId}
              </To>
            ),
          ],
          [
            'Source',
            <To key="source" to="/sources/$source/{-$tab}" params={{ source: event.source }}>
              {event.source}
            </To>,
          ],
          ['Received', <When key="received" at={event.receivedAt} />],
        ]}
      />
    </Card>
  );
}

/** What a state means that its word alone does not say. */
const MEANINGS: Readonly<Partial<Record<FateState, string>>> = {
  waiting: 'It is yet to be delivered.',
  held: 'It waits until somebody resumes an endpoint that is paused.',
  disabled: 'The destination is disabled.',
  unknown: 'What is kept does not say: the history of that time may be past its retention.',
};

function meaningOf({ state, reason }: Traced['destinations'][number]): string {
  if (state === 'filtered') {
    return reason === 'filter'
      ? 'The filter of the destination keeps it away.'
      : 'The sender keeps it away, by `integrations` of the call.';
  }
  return reason ?? MEANINGS[state] ?? '';
}

function Fates({ fates }: { readonly fates: Traced['destinations'] }) {
  if (fates.length === 0) return <Text size="sm">No destination has this source.</Text>;
  return (
    <div role="status" aria-label="What became of it at each destination">
      <Table.ScrollContainer minWidth={340}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Destination</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th>Deliveries</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fates.map(({ destination, state, reason, deliveries }) => (
              <Table.Tr key={destination} style={{ verticalAlign: 'top' }}>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  <To to="/destinations/$destination/{-$tab}" params={{ destination }}>
                    <DestinationName id={destination} />
                  </To>
                </Table.Td>
                <Table.Td>
                  <State state={state} />
                  <Text size="sm" c="var(--quiet)" style={{ overflowWrap: 'anywhere' }}>
                    {meaningOf({ destination, state, reason, deliveries })}
                  </Text>
                </Table.Td>
                <Table.Td>
                  {deliveries.length === 0 && '–'}
                  {deliveries.map((delivery) => (
                    <div key={delivery}>
                      <To to="/deliveries/$delivery" params={{ delivery }} size="sm">
                        {delivery}
                      </To>
                    </div>
                  ))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}
