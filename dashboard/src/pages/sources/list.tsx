import { Alert, Button, Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { SourceKind } from '../../../../src/contract/vocabulary.ts';
import { client, type Listed, useChange } from '../../api.ts';
import { formatOf, formatRate } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { To } from '../../parts/links.tsx';
import { Empty, Fault, Loading, Page } from '../../parts/page.tsx';
import { problemsOf, restOf } from '../../parts/problems.ts';
import { useIsAdmin } from '../../parts/role.ts';
import { State } from '../../parts/state.tsx';
import { kindName, KindSelect } from './kind.tsx';
import { useRates } from './rates.ts';

/** Where calls come from, and how many come now. */
export function Sources() {
  const isAdmin = useIsAdmin();
  const [isMaking, setIsMaking] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ['sources', 'all'],
    queryFn: async ({ signal }) => {
      const all: Listed<'listSources'>[] = [];
      for await (const page of client.pages.listSources({ query: { limit: 200 }, signal })) all.push(...page.data);
      return all;
    },
    refetchInterval: 10_000,
  });
  const rates = useRates();
  const make = isAdmin ? (
    <Button
      leftSection={<Icon name="add" size={16} />}
      onClick={() => {
        setIsMaking(true);
      }}
    >
      Make a source
    </Button>
  ) : null;
  return (
    <Page
      title="Sources"
      about="Where calls come from. Each has write keys, which its libraries send with."
      actions={make}
    >
      {error !== null && <Fault error={error} onRetry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading />
      ) : data.length === 0 ? (
        <Empty icon="sources" title="There is no source yet" action={make}>
          A source is a website, an app or a server that sends. Its write key is what libraries send with.
        </Empty>
      ) : (
        <SourceTable sources={data} rates={rates} />
      )}
      <Modal
        opened={isMaking}
        onClose={() => {
          setIsMaking(false);
        }}
        title="Make a source"
      >
        <NewSource />
      </Modal>
    </Page>
  );
}

function SourceTable({
  sources,
  rates,
}: {
  readonly sources: readonly Listed<'listSources'>[];
  readonly rates: ReturnType<typeof useRates>;
}) {
  return (
    <Stack gap="xs">
      <Table.ScrollContainer minWidth={560}>
        <Table highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Source</Table.Th>
              <Table.Th>Kind</Table.Th>
              <Table.Th>State</Table.Th>
              <Table.Th ta="right">Events a second</Table.Th>
              <Table.Th>Write keys</Table.Th>
              <Table.Th>Declared in</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {sources.map(({ id, name, kind, enabled, writeKeys, origin }) => {
              const rate = rates(id);
              return (
                <Table.Tr key={id}>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>
                    <To to="/sources/$source/{-$tab}" params={{ source: id }} fw={600}>
                      {name}
                    </To>
                    {name !== id && (
                      <Text size="xs" c="var(--quiet)">
                        {id}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td>{kindName(kind)}</Table.Td>
                  <Table.Td>
                    <State state={enabled ? 'enabled' : 'disabled'} />
                  </Table.Td>
                  <Table.Td ta="right">{rate === null ? '…' : formatRate(rate)}</Table.Td>
                  <Table.Td>{formatOf(writeKeys.length, 'key')}</Table.Td>
                  <Table.Td>{origin === 'file' ? 'the file' : 'the dashboard or API'}</Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="sm" c="var(--quiet)" role="status">
        Rates are of the last ten seconds.
      </Text>
    </Stack>
  );
}

const FIELDS = ['name', 'kind'];

function NewSource() {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [kind, setKind] = useState<SourceKind | null>(null);
  const [fault, setFault] = useState<Error | null>(null);
  const make = useChange(
    async () =>
      client.createSource({
        body: { ...(name.trim() === '' ? {} : { name: name.trim() }), ...(kind === null ? {} : { kind }) },
      }),
    { done: (source) => `${source.name} can send now`, refresh: [['sources']], onError: setFault },
  );
  const problems = problemsOf(fault);
  const rest = restOf(fault, FIELDS);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setFault(null);
        make.mutate(undefined, {
          onSuccess: (source) => {
            void navigate({ to: '/sources/$source/{-$tab}', params: { source: source.id, tab: 'setup' } });
          },
        });
      }}
    >
      <Stack>
        {rest !== null && (
          <Alert color="red" variant="light" role="alert">
            {rest}
          </Alert>
        )}
        <TextInput
          label="Name"
          description="What people call it, such as Shop (web)"
          data-autofocus
          value={name}
          error={problems.get('name')}
          onChange={({ currentTarget }) => {
            setName(currentTarget.value);
          }}
        />
        <KindSelect value={kind} onChange={setKind} />
        <Group justify="flex-end">
          <Button type="submit" loading={make.isPending}>
            Make it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
