import { Alert, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { State } from '../../parts/state.tsx';
import { checkSignatures, type CheckedSignature } from '../../signature.ts';
import { bytesOf, type Captured } from './captured.ts';

/** `insecure`: browsers have no cryptography on this page. */
type Checked = readonly CheckedSignature[] | 'insecure';

/** Undefined while it is not known. */
function useSignatures(request: Captured, secret: string): Checked | undefined {
  const { data } = useQuery({
    // The secret is not to stay in a cache that outlives the page.
    queryKey: ['signatures', request.id, request.at, secret],
    queryFn: async () => checked(request, secret),
    enabled: request.body !== null && secret !== '',
    staleTime: Infinity,
    gcTime: 0,
  });
  return data;
}

async function checked(request: Captured, secret: string): Promise<Checked> {
  const body = bytesOf(request);
  if (!globalThis.isSecureContext) return 'insecure';
  return body === null ? [] : checkSignatures({ headers: request.headers, body, atMs: Date.parse(request.at) }, secret);
}

/** How the signatures of a request are, in a word. */
export function SignatureMark({ request, secret }: { readonly request: Captured; readonly secret: string }) {
  const data = useSignatures(request, secret);
  if (data === undefined || data === 'insecure') return null;
  if (data.length === 0) return <State state="unsigned" label="not signed" />;
  const isRight = data.every(({ verdict }) => verdict === 'valid');
  return <State state={isRight ? 'valid' : 'invalid'} label={isRight ? 'signed right' : 'signature wrong'} />;
}

/** The same with words on each. */
export function Signatures({ request, secret }: { readonly request: Captured; readonly secret: string }) {
  const data = useSignatures(request, secret);
  const isSigned = 'x-signature' in request.headers || 'webhook-signature' in request.headers;
  if (!isSigned) {
    return (
      <Text size="sm">
        Not signed: it has neither X-Signature nor webhook-signature. A destination signs when it has a shared secret.
      </Text>
    );
  }
  if (secret === '') return <Text size="sm">Signed. Enter the shared secret of the destination to check it.</Text>;
  if (data === 'insecure') return <Alert color="yellow">Browsers check signatures on HTTPS and localhost alone.</Alert>;
  return (
    <Stack gap={6}>
      {data?.map(({ header, verdict, words }) => (
        <Group key={header} gap="xs" wrap="nowrap" align="flex-start">
          <State state={verdict} label={`${header} ${verdict}`} />
          <Text size="sm">{words}</Text>
        </Group>
      ))}
    </Stack>
  );
}
