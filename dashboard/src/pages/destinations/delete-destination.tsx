import { Button, Card, Group, List, Text, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type Answered, client, useChange } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Confirm } from '../../parts/confirm.tsx';
import type { Destination } from './settings-form.ts';

type Toll = Answered<'deleteDestination'>;

/** Deletes it, once it was told what goes along. */
export function DeleteDestination({ destination: { id, name } }: { readonly destination: Destination }) {
  const navigate = useNavigate();
  const ask = useChange(async () => client.deleteDestination({ params: { id }, query: { dryRun: true } }), {
    done: null,
  });
  const remove = useChange(async () => client.deleteDestination({ params: { id } }), {
    done: () => `${name} is deleted`,
    refresh: [['destinations', 'pages']],
  });
  return (
    <Card withBorder>
      <Group justify="space-between">
        <div>
          <Title order={2} size="h4">
            Delete
          </Title>
          <Text size="sm" c="var(--quiet)">
            What became of its deliveries stays in the history until its retention is over.
          </Text>
        </div>
        <Button
          variant="outline"
          color="red"
          loading={ask.isPending}
          onClick={() => {
            ask.mutate(undefined);
          }}
        >
          Delete this destination
        </Button>
      </Group>
      <Confirm
        isOpen={ask.data !== undefined}
        title={`Delete ${name}?`}
        verb="Delete it"
        isBusy={remove.isPending}
        onClose={ask.reset}
        onConfirm={() => {
          remove.mutate(undefined, {
            onSuccess: () => void navigate({ to: '/destinations', ignoreBlocker: true }),
          });
        }}
      >
        {ask.data !== undefined && <TollList toll={ask.data} />}
      </Confirm>
    </Card>
  );
}

function TollList({ toll: { owed, dead, replays } }: { readonly toll: Toll }) {
  if (owed?.waiting === 0 && owed.inFlight === 0 && dead?.count === 0 && replays.length === 0) {
    return <Text size="sm">Nothing waits for it, and it has no dead letters. This cannot be undone.</Text>;
  }
  return (
    <>
      <Text size="sm" mb="xs">
        This cannot be undone. It takes along:
      </Text>
      <List size="sm">
        <List.Item>
          {owed === null
            ? 'what waits for it, which is not known now'
            : `${formatOf(owed.waiting, 'event')} that wait${owed.waiting === 1 ? 's' : ''} for it, and will not be delivered`}
        </List.Item>
        {owed !== null && owed.inFlight > 0 && (
          <List.Item>{formatOf(owed.inFlight, 'attempt')} in flight end first</List.Item>
        )}
        <List.Item>
          {dead === null
            ? 'its dead letters, which are not known now'
            : `${dead.isAll ? '' : 'at least '}${formatOf(dead.count, 'dead letter')}, which cannot be retried afterwards`}
        </List.Item>
        {replays.length > 0 && <List.Item>{formatOf(replays.length, 'replay')} that will be cancelled</List.Item>}
      </List>
    </>
  );
}
