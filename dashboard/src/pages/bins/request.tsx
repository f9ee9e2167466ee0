import { Card, Group, SegmentedControl, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../../api.ts';
import { formatBytes, formatExact } from '../../format.ts';
import { curlOfCaptured } from '../../curl.ts';
import { Code, Json } from '../../parts/code.tsx';
import { CopyAs } from '../../parts/copy.tsx';
import { Fields } from '../../parts/fields.tsx';
import { Fault, Loading } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { answerWords, bytesOf, type Captured, hexOf, pathBelow } from './captured.ts';
import { Signatures } from './signatures.tsx';

export interface RequestProps {
  readonly bin: { readonly id: string; readonly url: string };
  readonly request: Captured;
  readonly secret: string;
}

/** One request, whole: of one that came live and is large the body is asked for. */
export function Request({ bin, request, secret }: RequestProps) {
  const { data, error } = useQuery({
    queryKey: ['bins', 'request', bin.id, request.id],
    queryFn: async ({ signal }) => client.getBinRequest({ params: { id: bin.id, request: request.id }, signal }),
    enabled: request.body === null,
    gcTime: 0,
  });
  if (error !== null) return <Fault error={error} />;
  const whole = request.body === null ? data : request;
  if (whole === undefined) return <Loading />;
  const { answeredMs, gaveUp } = request;
  return <Whole bin={bin} request={{ ...whole, answeredMs, gaveUp }} secret={secret} />;
}

function Whole({ bin, request, secret }: RequestProps) {
  const { method, at, from, bytes, rawHeaders } = request;
  const { state, words } = answerWords(request);
  const below = pathBelow(request, bin.id);
  const curl = {
    ...{ url: `${bin.url}${below === '/' ? '' : below}`, method, headers: rawHeaders },
    bytes: bytesOf(request) ?? new Uint8Array(),
  };
  return (
    <Card withBorder>
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <Title order={2} size="h4" style={{ overflowWrap: 'anywhere', minWidth: 0 }}>
            {method} {below}
          </Title>
          <div style={{ flexShrink: 0 }}>
            <CopyAs text={curlOfCaptured(curl)} label="Copy as curl" />
          </div>
        </Group>
        <Fields
          fields={[
            ['Came', formatExact(Date.parse(at))],
            ['From', from ?? 'nobody knows any more'],
            [
              'Answer',
              <Group key="answer" gap="xs">
                <State state={state} label={String(request.answer)} /> {words}
              </Group>,
            ],
            ['Body', bytes === 0 ? 'none' : formatBytes(bytes)],
          ]}
        />
        <section>
          <Title order={3} size="h6" mb={6}>
            Signatures
          </Title>
          <Signatures request={request} secret={secret} />
        </section>
        {bytes > 0 && <Body key={request.id} request={request} />}
        <section>
          <Title order={3} size="h6" mb={6}>
            Headers, as they came
          </Title>
          <Table>
            <Table.Tbody>
              {rawHeaders.map(({ name, value }, index) => (
                <Table.Tr key={`${index} ${name}`}>
                  <Table.Th w="35%" style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
                    {name}
                  </Table.Th>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      </Stack>
    </Card>
  );
}

function Body({ request }: { readonly request: Captured }) {
  const isText = request.bodyBase64 === null;
  const [form, setForm] = useState(isText ? 'pretty' : 'bytes');
  const body = request.body ?? '';
  return (
    <section>
      <Group justify="space-between" mb={6}>
        <Title order={3} size="h6">
          Body
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="How the body is shown"
          data={[
            ...(isText ? [{ value: 'pretty', label: 'Pretty' }] : []),
            { value: 'raw', label: 'Raw' },
            { value: 'bytes', label: 'Bytes' },
          ]}
          value={form}
          onChange={setForm}
        />
      </Group>
      {!isText && (
        <Text size="sm" mb={6}>
          It is no text (UTF-8): compressed, perhaps, or an image.
        </Text>
      )}
      {form === 'pretty' && <Json value={body} what="body" maxHeight={420} />}
      {form === 'raw' && <Code text={body} what="raw body" maxHeight={420} />}
      {form === 'bytes' && (
        <Code text={hexOf(bytesOf(request) ?? new Uint8Array())} what="bytes of the body" isWrapped={false} />
      )}
    </section>
  );
}
