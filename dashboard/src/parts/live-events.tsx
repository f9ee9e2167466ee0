import { Badge, Group, Paper, Stack, Text } from '@mantine/core';
import type { StreamMessage } from '../live.ts';
import { DestinationName } from './destination-name.tsx';
import { Empty } from './page.tsx';
import { To } from './links.tsx';
import { State } from './state.tsx';
import { When } from './when.tsx';

type Message<Kind extends StreamMessage['kind']> = Extract<StreamMessage, { kind: Kind }>;
export type LiveEvent = Message<'event'>['data'];
export type LiveAttempt = Message<'attempt'>['data'];

export interface EventWithAttempts {
  readonly event: LiveEvent;
  /** The newest of each endpoint. */
  readonly attempts: readonly LiveAttempt[];
}

/** What came, newest first, each event with what was tried with it. */
export function joined(
  before: readonly EventWithAttempts[],
  messages: readonly StreamMessage[],
  max: number,
): readonly EventWithAttempts[] {
  let list = [...before];
  for (const { kind, data } of messages) {
    if (kind === 'event') list.unshift({ event: data, attempts: [] });
    if (kind !== 'attempt') continue;
    const index = list.findIndex(({ event }) => event.id === data.event);
    const entry = list[index];
    if (entry === undefined) continue;
    const others = entry.attempts.filter(
      (each) => each.endpoint !== data.endpoint || each.destination !== data.destination,
    );
    list[index] = { ...entry, attempts: [...others, data] };
  }
  if (list.length > max) list = list.slice(0, max);
  return list;
}

export function LiveEvents({ entries }: { readonly entries: readonly EventWithAttempts[] }) {
  if (entries.length === 0) {
    return (
      <Empty icon="events" title="Waiting for events">
        What is sent appears here as it is accepted, with each delivery that is attempted.
      </Empty>
    );
  }
  return (
    <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
      {entries.map(({ event, attempts }) => (
        <Paper key={event.id} component="li" withBorder p="sm">
          <Group justify="space-between" gap="xs">
            <Group gap="xs" miw={0}>
              <Badge variant="default" radius="sm" tt="none">
                {event.type}
              </Badge>
              <To to="/events/$event" params={{ event: event.id }} fw={600} style={{ overflowWrap: 'anywhere' }}>
                {event.name ?? event.id}
              </To>
              {event.userId !== null && (
                <Text size="sm" c="var(--quiet)" truncate maw={220}>
                  {event.userId}
                </Text>
              )}
            </Group>
            <Text size="sm" c="var(--quiet)">
              <When at={event.receivedAt} />
            </Text>
          </Group>
          {attempts.map((attempt) => (
            <Group key={`${attempt.destination} ${attempt.endpoint}`} gap="xs" mt={6} wrap="nowrap">
              <State state={attempt.outcome} />
              <Text size="sm" truncate>
                <To to="/deliveries/$delivery" params={{ delivery: attempt.delivery }}>
                  <DestinationName id={attempt.destination} />
                </To>{' '}
                answered {attempt.status ?? attempt.error?.message ?? 'nothing'} in {Math.round(attempt.durationMs)} ms
              </Text>
            </Group>
          ))}
        </Paper>
      ))}
    </Stack>
  );
}
