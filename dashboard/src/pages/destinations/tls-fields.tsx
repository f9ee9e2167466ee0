import { Card, Stack, Text, Textarea, Title } from '@mantine/core';
import { MASK, useSettingsContext } from './settings-form.ts';

/** For endpoints with a private authority, or that ask who calls. */
export function TlsFields() {
  const form = useSettingsContext();
  const { key } = form.values.tls;
  const field = {
    autosize: true,
    minRows: 2,
    maxRows: 8,
    spellCheck: false,
    styles: { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } },
  };
  return (
    <Card withBorder>
      <Stack>
        <div>
          <Title order={2} size="h4">
            TLS
          </Title>
          <Text size="sm" c="var(--quiet)">
            Endpoints with a public certificate need none of this. All in PEM.
          </Text>
        </div>
        <Textarea
          label="Authorities to trust"
          description="Besides public ones, for this destination alone"
          {...field}
          {...form.getInputProps('tls.ca')}
        />
        <Textarea
          label="Client certificate"
          description="What requests present to endpoints that ask who calls (mTLS)"
          {...field}
          {...form.getInputProps('tls.cert')}
        />
        <Textarea
          label="Private key of the certificate"
          description={
            key === MASK ? 'Stored, and not shown: write another to replace it' : 'Without a passphrase. A secret.'
          }
          {...field}
          {...form.getInputProps('tls.key')}
        />
      </Stack>
    </Card>
  );
}
