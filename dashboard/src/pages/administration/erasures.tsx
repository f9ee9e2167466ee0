import { Alert, Button, Card, Checkbox, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { client, type Listed, useChange } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Confirm, useAsking } from '../../parts/confirm.tsx';
import { usePages } from '../../parts/lists.ts';
import { Empty, Fault, Loading } from '../../parts/page.tsx';
import { restOf } from '../../parts/problems.ts';
import { useIsAdmin } from '../../parts/role.ts';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { type Person, PersonFields, usePersonDraft } from './person.tsx';
import { Suppressions } from './suppressions.tsx';

type Erasure = Listed<'listErasures'>;

/** Erasing what there is of a person. */
export function Erasures() {
  const isAdmin = useIsAdmin();
  const { entries, error, isPending, hasNextPage, more, refetch } = usePages<Erasure>(
    ['erasures'],
    async (cursor, signal) => client.listErasures({ query: { limit: 200, ...cursor }, signal }),
    { everyMs: 2_000 },
  );
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 1, md: isAdmin ? 2 : 1 }}>
        {isAdmin && <NewErasure />}
        <Suppressions />
      </SimpleGrid>
      {error !== null ? (
        <Fault error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Loading />
      ) : entries.length === 0 ? (
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
              {entries.map(({ id, state, erased, found, refusedErased, notify, notified, suppress, createdAt }) => (
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
      {hasNextPage && (
        <Button variant="default" onClick={more}>
          Show more
        </Button>
      )}
    </Stack>
  );
}

function NewErasure() {
  const { draft, setDraft, person } = usePersonDraft();
  const [suppress, setSuppress] = useState(false);
  const [notify, setNotify] = useState(false);
  const [fault, setFault] = useState<Error | null>(null);
  const erase = useChange(async (whom: Person) => client.createErasure({ body: { ...whom, suppress, notify } }), {
    done: () => 'The erasure has begun',
    refresh: [['erasures'], ['suppressions']],
    onError: setFault,
  });
  const { ask, confirm } = useAsking(erase, () => {
    setDraft({ ...draft, id: '' });
  });
  const problem = restOf(fault, []);
  return (
    <Card withBorder>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setFault(null);
          ask(person);
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
          <PersonFields draft={draft} onChange={setDraft} />
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
      <Confirm {...confirm} title="Erase this person?" verb="Erase">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          All events and refused calls of {draft.id} are erased, for good.
        </Text>
      </Confirm>
    </Card>
  );
}
