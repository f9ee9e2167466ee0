import { Alert, Button, Card, Code, Group, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { client, useChange } from '../../api.ts';
import { Confirm, useAsking } from '../../parts/confirm.tsx';
import { Copy } from '../../parts/copy.tsx';
import { When } from '../../parts/when.tsx';
import { SecretInput } from './secret-input.tsx';
import { type Destination, MASK, useSettingsContext } from './settings-form.ts';

export interface SecretFieldProps {
  readonly destination: Destination;
  /** A mask, or nothing. */
  readonly stored: string;
}

/** What signs requests. It is shown when it is made, and never again. */
export function SecretField({ destination, stored }: SecretFieldProps) {
  const form = useSettingsContext();
  const { sharedSecret } = form.values;
  const [isWritten, setWritten] = useState(false);
  const [generated, setGenerated] = useState<string | null>(null);
  const set = (secret: string, { written = false } = {}): void => {
    setWritten(written);
    setGenerated(written || secret === '' || secret === MASK ? null : secret);
    form.setFieldValue('sharedSecret', secret);
  };
  const isGenerated = generated !== null && generated === sharedSecret;
  const isOther = sharedSecret !== stored;
  return (
    <Card withBorder>
      <Stack>
        <div>
          <Title order={2} size="h4">
            Shared secret
          </Title>
          <Text size="sm" c="var(--quiet)">
            Signs every request, so that receivers can tell that it is from here: as <Code>X-Signature</Code> and by
            Standard Webhooks.
          </Text>
        </div>
        {destination.rotation !== null && <Rotation destination={destination} endsAt={destination.rotation.endsAt} />}
        {isGenerated ? (
          <Alert variant="light" color="yellow" title="Copy it now: it is not shown again" role="status">
            <Group gap="xs" wrap="nowrap">
              <Code style={{ overflowWrap: 'anywhere' }} fz="sm">
                {generated}
              </Code>
              <Copy text={generated} what="shared secret" />
            </Group>
          </Alert>
        ) : isWritten ? (
          <SecretInput label="Shared secret" maw={480} {...form.getInputProps('sharedSecret')} />
        ) : (
          <Text size="sm">
            {sharedSecret === MASK
              ? 'Requests are signed. The secret is stored, and not shown.'
              : 'Requests are not signed: there is no secret.'}
          </Text>
        )}
        {!isWritten && form.errors['sharedSecret'] !== undefined && (
          <Text size="sm" c="var(--bad)">
            {form.errors['sharedSecret']}
          </Text>
        )}
        {stored !== '' && isOther && (
          <Text size="sm">
            {sharedSecret === ''
              ? 'Once saved, requests are not signed any more.'
              : 'Once saved, the old and the new one both sign for 24 hours; give receivers the new one meanwhile.'}
          </Text>
        )}
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            onClick={() => {
              set(newSecret());
            }}
          >
            {sharedSecret === '' ? 'Generate' : 'Generate another'}
          </Button>
          {!isWritten && (
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                set('', { written: true });
              }}
            >
              Write one
            </Button>
          )}
          {stored !== '' && sharedSecret !== '' && (
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                set('');
              }}
            >
              Send without signatures
            </Button>
          )}
          {(isOther || isWritten) && (
            <Button
              size="xs"
              variant="subtle"
              onClick={() => {
                set(stored);
              }}
            >
              Leave it as it was
            </Button>
          )}
        </Group>
      </Stack>
    </Card>
  );
}

/** 32 bytes, as Standard Webhooks writes them. */
function newSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
}

function Rotation({ destination, endsAt }: { readonly destination: Destination; readonly endsAt: string }) {
  const promote = useChange(async () => client.promoteSecret({ params: { id: destination.id } }), {
    done: () => 'Only the new secret signs from now on',
    refresh: [['destinations']],
  });
  const { ask, confirm } = useAsking(promote);
  return (
    <Alert variant="light" title="Two secrets sign">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          The old one and the new one, so that receivers that know either can check. That ends by itself{' '}
          <When at={endsAt} />
        </Text>
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            ask(undefined);
          }}
        >
          End it now
        </Button>
      </Stack>
      <Confirm {...confirm} title="End the rotation?" verb="Let only the new one sign">
        <Text size="sm">Receivers that still check with the old secret will refuse what comes.</Text>
      </Confirm>
    </Alert>
  );
}
