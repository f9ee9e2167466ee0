import { Alert, Badge, Card, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import type { Answered } from '../../api.ts';
import { capitalised, formatSpan } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { Code, Json } from '../../parts/code.tsx';
import { explained } from '../../parts/explained.tsx';
import { OutLink } from '../../parts/links.tsx';
import { State } from '../../parts/state.tsx';
import { TimingBar } from '../../parts/timing.tsx';

export type EndpointTest = Answered<'testDestination'>['endpoints'][number];

/** What one endpoint was sent, and what it made of it. */
export function EndpointResult({ result }: { readonly result: EndpointTest }) {
  const { endpoint, outcome, status, durationMs, request, response, timing } = result;
  return (
    <Card withBorder>
      <Stack>
        <Group gap="xs">
          <State state={outcome} />
          {status !== null && (
            <Badge variant="default" radius="sm">
              {status}
            </Badge>
          )}
          <Text size="sm">in {formatSpan(durationMs)}</Text>
          <Title order={3} size="h6" fw={500} style={{ overflowWrap: 'anywhere' }}>
            <OutLink url={endpoint} />
          </Title>
        </Group>
        <Advice result={result} />
        <TimingBar timing={timing} durationMs={result.durationMs} />
        <Signatures signature={result.signature} />
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Stack gap="xs" miw={0}>
            <Title order={4} size="h5">
              Request
            </Title>
            <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {request.method} {request.url}
            </Text>
            <Headers headers={request.headers} what="request headers" />
            <Json value={request.body} what="request body" />
          </Stack>
          <Stack gap="xs" miw={0}>
            <Title order={4} size="h5">
              Response
            </Title>
            {response === null ? (
              <Text size="sm">There was none.</Text>
            ) : (
              <>
                <Text size="sm" ff="monospace">
                  {status}
                </Text>
                <Headers headers={response.headers} what="response headers" />
                {response.body === '' ? (
                  <Text size="sm" c="var(--quiet)">
                    Its body is empty.
                  </Text>
                ) : (
                  <Json value={response.body} what="response body" />
                )}
                {response.isCut && (
                  <Text size="xs" c="var(--quiet)">
                    The body goes on; its first KiB is shown.
                  </Text>
                )}
              </>
            )}
          </Stack>
        </SimpleGrid>
      </Stack>
    </Card>
  );
}

function Advice({ result: { status, error, outcome } }: { readonly result: EndpointTest }) {
  if (outcome === 'succeeded') return null;
  const known = explained(status === null ? (error?.code ?? '') : `http_${status}`);
  return (
    <Alert
      color={outcome === 'rejected' ? 'red' : 'yellow'}
      variant="light"
      icon={<Icon name="alert" />}
      title={outcome === 'rejected' ? 'No retry would help' : 'A delivery would be tried again'}
    >
      {known === null ? (
        <Text size="sm">{error?.message ?? `It answered ${String(status)}.`}</Text>
      ) : (
        <Text size="sm">
          {status === null ? capitalised(known.meaning) : `It answered ${status}: ${known.meaning}`}.
          {known.advice !== null && ` What to do: ${known.advice.replaceAll('`', '')}.`}
        </Text>
      )}
      {error !== null && known !== null && (
        <Text size="xs" c="var(--quiet)" style={{ overflowWrap: 'anywhere' }}>
          {error.code}
        </Text>
      )}
    </Alert>
  );
}

const CHECKS = { valid: 'verifies', invalid: 'does not verify', absent: 'not sent' } as const;

function Signatures({ signature }: { readonly signature: EndpointTest['signature'] }) {
  const { xSignature, xSignatureNext, standardWebhooks } = signature;
  if ([xSignature, xSignatureNext, standardWebhooks].every((each) => each === 'absent')) {
    return (
      <Text size="sm" c="var(--quiet)">
        Not signed: the destination has no shared secret.
      </Text>
    );
  }
  const checks = [
    ['X-Signature', xSignature],
    ...(xSignatureNext === 'absent' ? [] : [['X-Signature-Next', xSignatureNext] as const]),
    ['webhook-signature', standardWebhooks],
  ] as const;
  return (
    <Group gap="md">
      {checks.map(([name, check]) => (
        <Group key={name} gap={6}>
          <Text size="sm" ff="monospace">
            {name}
          </Text>
          <State state={check} label={CHECKS[check]} />
        </Group>
      ))}
    </Group>
  );
}

function Headers({ headers, what }: { readonly headers: Readonly<Record<string, string>>; readonly what: string }) {
  const entries = Object.entries(headers);
  if (entries.length === 0) return <Text size="sm">No headers.</Text>;
  if (entries.length > 60) return <Code text={entries.map((entry) => entry.join(': ')).join('\n')} what={what} />;
  return (
    <Table aria-label={what} layout="fixed" verticalSpacing={4} fz="sm">
      <Table.Tbody>
        {entries.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="38%" fw={500} style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
              {name}
            </Table.Th>
            <Table.Td ff="monospace" style={{ overflowWrap: 'anywhere' }}>
              {value}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
