import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useId } from 'react';
import { SecretInput } from './secret-input.tsx';
import { type AuthValues, useSettingsContext } from './settings-form.ts';

const KINDS = [
  { value: 'none', label: 'None' },
  { value: 'basic', label: 'Basic' },
  { value: 'bearer', label: 'Bearer' },
];

/** What requests carry as `Authorization`. */
export function AuthFields({ path }: { readonly path: 'auth' | `webhooks.${number}.auth` }) {
  const form = useSettingsContext();
  const label = useId();
  const { kind } = authAt(form.values, path);
  const error = form.errors[`${path}.kind`];
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500} id={label}>
        Authorization
      </Text>
      <div>
        <SegmentedControl aria-labelledby={label} size="xs" data={KINDS} {...form.getInputProps(`${path}.kind`)} />
      </div>
      {error !== undefined && (
        <Text size="sm" c="var(--bad)">
          {error}
        </Text>
      )}
      {kind === 'basic' && (
        <Group grow align="flex-start" preventGrowOverflow={false}>
          <SecretInput label="User name" {...form.getInputProps(`${path}.username`)} />
          <SecretInput label="Password" {...form.getInputProps(`${path}.password`)} />
        </Group>
      )}
      {kind === 'bearer' && <SecretInput label="Token" {...form.getInputProps(`${path}.token`)} />}
    </Stack>
  );
}

function authAt(
  values: { readonly auth: AuthValues; readonly webhooks: readonly { readonly auth: AuthValues }[] },
  path: string,
): Pick<AuthValues, 'kind'> {
  if (path === 'auth') return values.auth;
  return values.webhooks[Number(path.split('.')[1])]?.auth ?? { kind: 'none' };
}
