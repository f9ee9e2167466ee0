import { Alert, Button, Group, Modal, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type Answered, client, type Listed, useChange } from '../../api.ts';
import { Code } from '../../parts/code.tsx';
import { Confirm, useAsking } from '../../parts/confirm.tsx';
import { isoOf } from '../../parts/filter-fields.tsx';
import { usePages } from '../../parts/lists.ts';
import { Empty, Fault, Loading } from '../../parts/page.tsx';
import { problemsOf, restOf } from '../../parts/problems.ts';
import { useIsAdmin } from '../../parts/role.ts';
import { When } from '../../parts/when.tsx';

type Token = Listed<'listApiTokens'>;

/** Operators' credentials for the management API and this dashboard. */
export function Tokens() {
  if (!useIsAdmin()) return <Empty icon="lock" title="Only an admin sees API tokens" />;
  return <TokenList />;
}

function TokenList() {
  const { entries, error, isPending, hasNextPage, more, refetch } = usePages<Token>(
    ['tokens'],
    async (cursor, signal) => client.listApiTokens({ query: { limit: 200, ...cursor }, signal }),
  );
  const revoke = useChange(async ({ id }: Token) => client.revokeApiToken({ params: { id } }), {
    done: () => 'Revoked: it and its sessions are refused from now on',
    refresh: [['tokens']],
  });
  const { ask, asked, confirm } = useAsking(revoke);
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />;
  if (isPending) return <Loading />;
  return (
    <Stack>
      <NewToken />
      {entries.length === 0 ? (
        <Empty icon="key" title="There is no API token yet">
          Make one for each person and program. The token of the configuration, or of the file `admin.token`, is not
          listed.
        </Empty>
      ) : (
        <Table.ScrollContainer minWidth={640}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                {['Name', 'Role', 'Made', 'Last used', 'Expires', ''].map((name) => (
                  <Table.Th key={name}>{name}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((token) => (
                <Table.Tr key={token.id}>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{token.name}</Table.Td>
                  <Table.Td>{token.role}</Table.Td>
                  <Table.Td>
                    <When at={token.createdAt} /> by {token.createdBy}
                  </Table.Td>
                  <Table.Td>{token.lastUsedAt === null ? 'not yet' : <When at={token.lastUsedAt} />}</Table.Td>
                  <Table.Td>{token.expiresAt === null ? 'never' : <When at={token.expiresAt} />}</Table.Td>
                  <Table.Td ta="right">
                    <Button
                      size="xs"
                      variant="default"
                      c="var(--bad)"
                      onClick={() => {
                        ask(token);
                      }}
                    >
                      Revoke
                    </Button>
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
      <Confirm {...confirm} title="Revoke this API token?" verb="Revoke it">
        Whoever uses {asked?.name} is refused from the next request on, and signed out.
      </Confirm>
    </Stack>
  );
}

function NewToken() {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Token['role']>('viewer');
  const [expires, setExpires] = useState('');
  const [fault, setFault] = useState<Error | null>(null);
  const [made, setMade] = useState<Answered<'createApiToken'> | null>(null);
  const make = useChange(
    async () => client.createApiToken({ body: { name: name.trim(), role, expiresAt: isoOf(expires) } }),
    { done: null, refresh: [['tokens']], onError: setFault },
  );
  const problems = problemsOf(fault);
  const rest = restOf(fault, ['name', 'role', 'expiresAt']);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setFault(null);
        make.mutate(undefined, {
          onSuccess: (token) => {
            setMade(token);
            setName('');
          },
        });
      }}
    >
      <Stack gap="xs">
        {rest !== null && (
          <Alert color="red" variant="light" role="alert">
            {rest}
          </Alert>
        )}
        <Group align="flex-end">
          <TextInput
            label="Name of a new token"
            placeholder="Who or what uses it"
            value={name}
            error={problems.get('name')}
            required
            onChange={({ currentTarget }) => {
              setName(currentTarget.value);
            }}
          />
          <Select
            label="Role"
            data={[
              { value: 'viewer', label: 'viewer: may look' },
              { value: 'admin', label: 'admin: may change things too' },
            ]}
            value={role}
            allowDeselect={false}
            onChange={(value) => {
              setRole(value === 'admin' ? 'admin' : 'viewer');
            }}
          />
          <TextInput
            label="Expires (empty: never)"
            type="datetime-local"
            value={expires}
            error={problems.get('expiresAt')}
            onChange={({ currentTarget }) => {
              setExpires(currentTarget.value);
            }}
          />
          <Button type="submit" loading={make.isPending}>
            Make a token
          </Button>
        </Group>
      </Stack>
      <Modal
        opened={made !== null}
        onClose={() => {
          setMade(null);
        }}
        title={`API token ${made?.name ?? ''}`}
      >
        <Stack>
          <Text size="sm">Copy it now. It is not shown again.</Text>
          <Code text={made?.token ?? ''} what="API token" />
        </Stack>
      </Modal>
    </form>
  );
}
