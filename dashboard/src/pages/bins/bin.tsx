import { Accordion, Badge, Card, Group, PasswordInput, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { client, type Listed, sluiceUrl } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Code, Json } from '../../parts/code.tsx';
import { Copy } from '../../parts/copy.tsx';
import { To } from '../../parts/links.tsx';
import { Empty, Fault, Loading, Page } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { checkSignatures, type CheckedSignature } from '../../signature.ts';

type BinRequest = Listed<'listBinRequests'>;

/** As many as one looks through; the bin has no more than a few of these. */
const SHOWN_MAX = 50;

/** What was sent to a bin, and whether it is signed as it should be. */
export function BinPage() {
  const { bin: id } = useParams({ from: '/bins/$bin' });
  const [secret, setSecret] = useState('');
  const { data, error, refetch } = useQuery({
    queryKey: ['bins', id],
    queryFn: async ({ signal }) => client.listBinRequests({ params: { id }, query: { limit: SHOWN_MAX }, signal }),
    refetchInterval: 2_000,
  });
  const url = `${sluiceUrl}bins/${encodeURIComponent(id)}`;
  const trail = [
    <To key="bins" to="/bins" size="sm">
      Request bins
    </To>,
  ];
  return (
    <Page title={`Bin ${id}`} trail={trail}>
      <Card withBorder>
        <Stack gap="sm">
          <Group gap={4} wrap="nowrap">
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {url}
            </Text>
            <Copy text={url} what="URL of the bin" />
          </Group>
          <PasswordInput
            label="Shared secret of the destination"
            description="To check signatures with. It stays in this page."
            value={secret}
            maw={420}
            autoComplete="off"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the secret' }}
            onChange={({ currentTarget }) => {
              setSecret(currentTarget.value);
            }}
          />
        </Stack>
      </Card>
      {error !== null && <Fault error={error} onRetry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading />
      ) : data.data.length === 0 ? (
        <Empty icon="bins" title="Nothing was sent here yet">
          Use its URL as the endpoint of a destination, or send something with curl. It appears within two seconds.
        </Empty>
      ) : (
        <Stack gap="xs">
          <Text size="sm" c="var(--quiet)" role="status">
            {formatOf(data.data.length, 'request')}, newest first
            {data.next === null ? '' : '; older ones are not shown'}
          </Text>
          <Accordion variant="contained" multiple style={{ background: 'var(--surface)' }}>
            {data.data.map((request) => (
              <Request key={request.id} request={request} secret={secret} />
            ))}
          </Accordion>
        </Stack>
      )}
    </Page>
  );
}

function Request({ request, secret }: { readonly request: BinRequest; readonly secret: string }) {
  const { id, method, path, at, headers, body } = request;
  return (
    <Accordion.Item value={id}>
      <Accordion.Control>
        <Group justify="space-between" gap="xs" pr="xs">
          <Group gap="xs" miw={0}>
            <Badge variant="default" radius="sm">
              {method}
            </Badge>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {path}
            </Text>
            {secret !== '' && <Signatures request={request} secret={secret} />}
          </Group>
          <Text size="sm" c="var(--quiet)">
            <When at={at} />
          </Text>
        </Group>
      </Accordion.Control>
      <Accordion.Panel>
        <Stack gap="sm">
          <Title order={2} size="h6">
            Body
          </Title>
          {body === '' ? <Text size="sm">It has none.</Text> : <Json value={body} what="body as JSON" />}
          {body !== '' && (
            <details>
              <summary>Raw</summary>
              <Code text={body} what="raw body" />
            </details>
          )}
          <Title order={2} size="h6">
            Headers
          </Title>
          <Table>
            <Table.Tbody>
              {Object.entries(headers).map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Th w={190} style={{ overflowWrap: 'anywhere' }}>
                    {name}
                  </Table.Th>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Stack>
      </Accordion.Panel>
    </Accordion.Item>
  );
}

function Signatures({ request, secret }: { readonly request: BinRequest; readonly secret: string }) {
  const { data } = useQuery({
    // The secret is not to stay in a cache that outlives the page.
    queryKey: ['signatures', request.id, secret],
    queryFn: async () => checked(request, secret),
    staleTime: Infinity,
    gcTime: 0,
  });
  if (data === undefined) return null;
  if (data === 'insecure') return <Text size="sm">Browsers check signatures on HTTPS and localhost alone</Text>;
  if (data.length === 0) return <State state="unsigned" label="not signed" />;
  return data.map(({ header, verdict }) => <State key={header} state={verdict} label={`${header} ${verdict}`} />);
}

async function checked(request: BinRequest, secret: string): Promise<readonly CheckedSignature[] | 'insecure'> {
  return globalThis.isSecureContext ? checkSignatures(request, secret) : 'insecure';
}
