import { Alert, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answered, client, useChange } from '../../api.ts';
import { formatCount, formatOf } from '../../format.ts';
import { Fault, Loading } from '../../parts/page.tsx';
import { restOf } from '../../parts/problems.ts';
import { useIsAdmin } from '../../parts/role.ts';
import { type Person, PersonFields, usePersonDraft } from './person.tsx';

/** People of whom nothing is stored any more: how many, whether somebody is one, and to have them back. */
export function Suppressions() {
  const isAdmin = useIsAdmin();
  const { draft, setDraft, person } = usePersonDraft();
  const [fault, setFault] = useState<Error | null>(null);
  const [found, setFound] = useState<{ readonly person: Person; readonly isSuppressed: boolean } | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ['suppressions'],
    queryFn: async ({ signal }) => client.getSuppressions({ signal }),
  });
  const look = useChange(async (asked: Person) => client.getSuppressions({ query: asked }), {
    done: null,
    onError: setFault,
  });
  const end = useChange(async (asked: Person) => client.deleteSuppression({ query: asked }), {
    done: () => 'Events of this person are stored again',
    refresh: [['suppressions']],
    onError: setFault,
  });
  const change = (next: typeof draft): void => {
    setDraft(next);
    setFound(null);
    setFault(null);
  };
  const problem = restOf(fault, []);
  return (
    <Card withBorder>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setFault(null);
          look.mutate(person, {
            onSuccess: ({ isSuppressed = false }) => {
              setFound({ person, isSuppressed });
            },
          });
        }}
      >
        <Stack gap="sm">
          <Title order={2} size="h4">
            Suppressed people
          </Title>
          {error !== null ? (
            <Fault error={error} onRetry={() => void refetch()} />
          ) : data === undefined ? (
            <Loading rows={1} />
          ) : (
            <Text size="sm">{countText(data)}</Text>
          )}
          {problem !== null && (
            <Alert color="red" variant="light" role="alert">
              {problem}
            </Alert>
          )}
          <PersonFields draft={draft} onChange={change} />
          <Group>
            <Button type="submit" variant="default" loading={look.isPending}>
              Look whether they are one
            </Button>
          </Group>
          <div role="status">
            {found !== null && (
              <Group gap="sm">
                <Text size="sm">
                  {found.isSuppressed
                    ? 'Suppressed: nothing of them is stored.'
                    : 'Not suppressed: their events are stored.'}
                </Text>
                {isAdmin && found.isSuppressed && (
                  <Button
                    size="xs"
                    loading={end.isPending}
                    onClick={() => {
                      end.mutate(found.person, {
                        onSuccess: () => {
                          setFound({ ...found, isSuppressed: false });
                        },
                      });
                    }}
                  >
                    Store their events again
                  </Button>
                )}
              </Group>
            )}
          </div>
        </Stack>
      </form>
    </Card>
  );
}

function countText({ count, max }: Answered<'getSuppressions'>): string {
  const people = count === 0 ? 'Nobody is' : count === 1 ? 'One person is' : `${formatCount(count)} people are`;
  return `${people} suppressed, of at most ${formatOf(max, 'person', 'people')}. They are not listed: what is kept of each is a fingerprint.`;
}
