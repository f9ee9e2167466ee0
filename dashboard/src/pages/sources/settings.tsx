import { Alert, Button, Group, List, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Answered, client, useChange } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Confirm, useAsking } from '../../parts/confirm.tsx';
import { Fault, Loading } from '../../parts/page.tsx';
import { problemsOf, restOf } from '../../parts/problems.ts';
import { useIsAdmin } from '../../parts/role.ts';
import { KindSelect } from './kind.tsx';

/** What a source is. */
export function SourceSettings({ source }: { readonly source: Answered<'getSource'> }) {
  const isAdmin = useIsAdmin();
  const canChange = isAdmin && source.origin === 'api';
  const [name, setName] = useState(source.name);
  const [kind, setKind] = useState(source.kind);
  const [isEnabled, setIsEnabled] = useState(source.enabled);
  const [fault, setFault] = useState<Error | null>(null);
  const save = useChange(
    async () =>
      client.updateSource({
        params: { id: source.id },
        body: { name: name.trim() === '' ? null : name.trim(), kind, enabled: isEnabled },
      }),
    { done: () => 'Saved', refresh: [['sources']], onError: setFault },
  );
  const problems = problemsOf(fault);
  const rest = restOf(fault, ['name', 'kind', 'enabled']);
  return (
    <Stack maw={560} gap="xl">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setFault(null);
          save.mutate(undefined);
        }}
      >
        <Stack>
          {source.origin === 'file' && (
            <Text size="sm">The configuration file declares this source: it is changed there.</Text>
          )}
          {!isAdmin && <Text size="sm">You may look at this, and change nothing.</Text>}
          {rest !== null && (
            <Alert color="red" variant="light" role="alert">
              {rest}
            </Alert>
          )}
          <TextInput label="Id" value={source.id} disabled />
          <TextInput
            label="Name"
            value={name}
            error={problems.get('name')}
            disabled={!canChange}
            onChange={({ currentTarget }) => {
              setName(currentTarget.value);
            }}
          />
          <KindSelect value={kind} onChange={setKind} isDisabled={!canChange} />
          <Switch
            label="Enabled"
            description="Calls of a disabled source are refused, and are not kept for later."
            checked={isEnabled}
            disabled={!canChange}
            onChange={({ currentTarget }) => {
              setIsEnabled(currentTarget.checked);
            }}
          />
          {canChange && (
            <Group>
              <Button type="submit" loading={save.isPending}>
                Save
              </Button>
            </Group>
          )}
        </Stack>
      </form>
      {canChange && <Deletion source={source} />}
    </Stack>
  );
}

function Deletion({ source }: { readonly source: Answered<'getSource'> }) {
  const navigate = useNavigate();
  const params = { id: source.id };
  const remove = useChange(async () => client.deleteSource({ params }), { done: () => `${source.name} is deleted` });
  const { ask, confirm } = useAsking(remove, () => void navigate({ to: '/sources' }));
  const toll = useQuery({
    queryKey: ['source-toll', source.id],
    queryFn: async ({ signal }) => client.deleteSource({ params, query: { dryRun: true }, signal }),
    enabled: confirm.isOpen,
    staleTime: 0,
  });
  return (
    <Stack gap="xs" align="flex-start">
      <Title order={2} size="h4">
        Delete it
      </Title>
      <Text size="sm">What it sent stays until its retention is over.</Text>
      <Button
        color="red"
        variant="outline"
        onClick={() => {
          ask(undefined);
        }}
      >
        Delete this source …
      </Button>
      <Confirm {...confirm} title={`Delete ${source.name}?`} verb="Delete it" isBusy={confirm.isBusy || toll.isPending}>
        {toll.error !== null ? (
          <Fault error={toll.error} />
        ) : toll.data === undefined ? (
          <Loading rows={1} />
        ) : (
          <Toll toll={toll.data} />
        )}
      </Confirm>
    </Stack>
  );
}

function Toll({ toll: { writeKeys, destinations } }: { readonly toll: Answered<'deleteSource'> }) {
  return (
    <Stack gap="xs">
      <Text size="sm">Calls that carry its {formatOf(writeKeys, 'write key')} are refused from then on.</Text>
      {destinations.length > 0 && (
        <List size="sm">
          {destinations.map(({ id, isLeftWithout, waiting }) => (
            <List.Item key={id} style={{ overflowWrap: 'anywhere' }}>
              {id} loses it
              {isLeftWithout ? ', and gets nothing until it is given another source' : ''}
              {waiting !== null && waiting > 0
                ? `; ${formatOf(waiting, 'event')} wait there, and those of this source that were not attempted yet are not sent`
                : ''}
              .
            </List.Item>
          ))}
        </List>
      )}
    </Stack>
  );
}
