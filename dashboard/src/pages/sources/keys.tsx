import { Button, Code as InlineCode, Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answered, client, type Listed, useChange } from '../../api.ts';
import { Icon } from '../../icons.tsx';
import { Confirm, useAsking } from '../../parts/confirm.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Fault, Loading } from '../../parts/page.tsx';
import { useIsAdmin } from '../../parts/role.ts';

type Key = Listed<'listWriteKeys'>;

/** The write keys of a source: several let one be changed at ease. */
export function Keys({ source }: { readonly source: Answered<'getSource'> }) {
  const params = { id: source.id };
  const refresh = [['sources']];
  const canChange = useIsAdmin() && source.origin === 'api';
  const [name, setName] = useState('');
  const { data, error, refetch } = useQuery({
    queryKey: ['sources', 'keys', source.id],
    queryFn: async ({ signal }) => client.listWriteKeys({ params, signal }),
  });
  const issue = useChange(
    async () => client.issueWriteKey({ params, body: name.trim() === '' ? {} : { name: name.trim() } }),
    { done: () => 'Issued: calls that carry it are accepted from now on', refresh },
  );
  const revoke = useChange(async ({ key }: Key) => client.revokeWriteKey({ params: { ...params, key } }), {
    ...{ done: () => 'Revoked: calls that carry it are refused from now on', refresh },
  });
  const { ask, asked, confirm } = useAsking(revoke);
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  return (
    <Stack maw={820}>
      <Text size="sm" c="var(--quiet)">
        A write key can only write, and may be public. Calls carry it as the user name of basic authentication, or as
        `writeKey`.
      </Text>
      <Table.ScrollContainer minWidth={480}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Write key</Table.Th>
              <Table.Th>Name</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.data.map((each) => (
              <KeyRow
                key={each.key}
                source={source.id}
                writeKey={each}
                canChange={canChange}
                isLast={data.data.length === 1}
                onRevoke={ask}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {canChange && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            issue.mutate(undefined, {
              onSuccess: () => {
                setName('');
              },
            });
          }}
        >
          <Group align="flex-end">
            <TextInput
              label="Name of a new key"
              placeholder="Who has it"
              value={name}
              onChange={({ currentTarget }) => {
                setName(currentTarget.value);
              }}
            />
            <Button type="submit" leftSection={<Icon name="add" size={16} />} loading={issue.isPending}>
              Issue a key
            </Button>
          </Group>
        </form>
      )}
      <Confirm {...confirm} title="Revoke this write key?" verb="Revoke it">
        Calls that carry {asked?.name ?? asked?.key} are refused from then on. Whatever still sends with it loses what
        it sends.
      </Confirm>
    </Stack>
  );
}

interface KeyRowProps {
  readonly source: string;
  readonly writeKey: Key;
  readonly canChange: boolean;
  readonly isLast: boolean;
  readonly onRevoke: (key: Key) => void;
}

function KeyRow({ source, writeKey, canChange, isLast, onRevoke }: KeyRowProps) {
  const { key, name } = writeKey;
  const [draft, setDraft] = useState<string | null>(null);
  const rename = useChange(
    async (said: string) =>
      client.nameWriteKey({ params: { id: source, key }, body: { name: said.trim() === '' ? null : said.trim() } }),
    { done: () => 'Renamed', refresh: [['sources']] },
  );
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap={4} wrap="nowrap">
          <InlineCode style={{ overflowWrap: 'anywhere' }}>{key}</InlineCode>
          <Copy text={key} what="write key" />
        </Group>
      </Table.Td>
      <Table.Td>
        {draft === null ? (
          (name ?? '–')
        ) : (
          <TextInput
            size="xs"
            aria-label={`Name of ${key}`}
            value={draft}
            autoFocus
            onChange={({ currentTarget }) => {
              setDraft(currentTarget.value);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setDraft(null);
              if (event.key !== 'Enter') return;
              rename.mutate(draft);
              setDraft(null);
            }}
          />
        )}
      </Table.Td>
      <Table.Td>
        {canChange && (
          <Group gap="xs" justify="flex-end" wrap="nowrap">
            <Button
              size="xs"
              variant="default"
              loading={rename.isPending}
              onClick={() => {
                if (draft !== null) rename.mutate(draft);
                setDraft(draft === null ? (name ?? '') : null);
              }}
            >
              {draft === null ? 'Rename' : 'Save'}
            </Button>
            <Button
              size="xs"
              variant="default"
              c="var(--bad)"
              disabled={isLast}
              title={isLast ? 'The last key of a source cannot go: disable the source' : undefined}
              onClick={() => {
                onRevoke(writeKey);
              }}
            >
              Revoke
            </Button>
          </Group>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
