import {
  Alert,
  Button,
  Card,
  Checkbox,
  Group,
  SegmentedControl,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client, useChange } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Empty, Fault, Loading } from '../../parts/page.tsx';
import { restOf } from '../../parts/problems.ts';
import { useIsAdmin } from '../../parts/role.ts';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';

/** Erasing what there is of a person. */
export function Erasures() {
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = useQuery({
    queryKey: ['erasures'],
    queryFn: async ({ signal }) => client.listErasures({ query: { limit: 200 }, signal }),
    refetchInterval: ({ state }) =>
      state.data?.data.some((each) => each.state !== 'finished') === true ? 2_000 : false,
  });
  return (
    <Stack gap="lg">
      {isAdmin && <NewErasure />}
      {error !== null ? (
        <Fault error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : data.data.length === 0 ? (
        <Empty icon="remove" title="Nobody was erased yet">
          Each erasure is listed with how far it has come. The record does not say whom it is about.
        </Empty>
      ) : (
        <Table.ScrollContainer minWidth={640}>
          <Table aria-live="polite">
            <Table.Thead>
              <Table.Tr>
                {['Erasure', 'State', 'Erased', 'Destinations', 'Asked for'].map((name) => (
                  <Table.Th key={name}>{name}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.data.map(({ id, state, erased, found, refusedErased, notify, notified, suppress, createdAt }) => (
                <Table.Tr key={id}>
                  <Table.Td>
                    {id}
                    {suppress ? ', suppressed' : ''}
                  </Table.Td>
                  <Table.Td>
                    <State state={state} />
                  </Table.Td>
                  <Table.Td>
                    {erased} of {formatOf(found, 'event')}, {formatOf(refusedErased, 'refused call')}
                  </Table.Td>
                  <Table.Td>
                    {!notify
                      ? 'not told'
                      : notified === null
                        ? 'being told'
                        : `${notified.delivered} told, ${notified.failed} failed`}
                  </Table.Td>
                  <Table.Td>
                    <When at={createdAt} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}

function NewErasure() {
  const [field, setField] = useState<'userId' | 'anonymousId'>('userId');
  const [person, setPerson] = useState('');
  const [suppress, setSuppress] = useState(false);
  const [notify, setNotify] = useState(false);
  const [isAsking, setIsAsking] = useState(false);
  const [fault, setFault] = useState<Error | null>(null);
  const erase = useChange(
    async () =>
      client.createErasure({
        body: { ...(field === 'userId' ? { userId: person } : { anonymousId: person }), suppress, notify },
      }),
    { done: () => 'The erasure has begun', refresh: [['erasures']], onError: setFault },
  );
  const problem = restOf(fault, []);
  return (
    <Card withBorder maw={620}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setIsAsking(true);
        }}
      >
        <Stack gap="sm">
          <Title order={2} size="h4">
            Erase a person
          </Title>
          {problem !== null && (
            <Alert color="red" variant="light" role="alert">
              {problem}
            </Alert>
          )}
          <SegmentedControl
            aria-label="What the person is named by"
            data={['userId', 'anonymousId']}
            value={field}
            onChange={(value) => {
              setField(value === 'userId' ? 'userId' : 'anonymousId');
            }}
          />
          <TextInput
            label={field}
            value={person}
            required
            autoComplete="off"
            onChange={({ currentTarget }) => {
              setPerson(currentTarget.value);
            }}
          />
          <Checkbox
            label="Store no more events of this person from now on"
            checked={suppress}
            onChange={({ currentTarget }) => {
              setSuppress(currentTarget.checked);
            }}
          />
          <Checkbox
            label="Tell destinations to delete what they have"
            checked={notify}
            onChange={({ currentTarget }) => {
              setNotify(currentTarget.checked);
            }}
          />
          <Group>
            <Button type="submit" color="red" variant="outline">
              Erase …
            </Button>
          </Group>
        </Stack>
      </form>
      <Confirm
        isOpen={isAsking}
        title="Erase this person?"
        verb="Erase"
        isBusy={erase.isPending}
        onClose={() => {
          setIsAsking(false);
        }}
        onConfirm={() => {
          setFault(null);
          erase.mutate(undefined, {
            onSuccess: () => {
              setPerson('');
            },
            onSettled: () => {
              setIsAsking(false);
            },
          });
        }}
      >
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          All events and refused calls of {person} are erased, for good.
        </Text>
      </Confirm>
    </Card>
  );
}
