import { ActionIcon, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { Icon } from '../../icons.tsx';
import { SecretInput } from './secret-input.tsx';
import { useSettingsContext } from './settings-form.ts';

/** Static headers of an endpoint: a name and a value each. Values are treated as secrets. */
export function HeaderFields({ at }: { readonly at: number }) {
  const form = useSettingsContext();
  const path = `webhooks.${at}.headers`;
  const headers = form.values.webhooks[at]?.headers ?? [];
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500}>
        Static headers
      </Text>
      {headers.map((header, row) => (
        <Group key={row} gap="xs" wrap="nowrap" align="flex-start">
          <TextInput
            aria-label={`Name of header ${row + 1}`}
            placeholder="X-Team"
            style={{ flex: 1, minWidth: 0 }}
            {...form.getInputProps(`${path}.${row}.name`)}
          />
          <SecretInput
            aria-label={`Value of header ${header.name === '' ? row + 1 : header.name}`}
            placeholder="value"
            style={{ flex: 1.5, minWidth: 0 }}
            {...form.getInputProps(`${path}.${row}.value`)}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            aria-label={`Remove header ${header.name === '' ? row + 1 : header.name}`}
            onClick={() => {
              form.removeListItem(path, row);
            }}
          >
            <Icon name="close" size={16} />
          </ActionIcon>
        </Group>
      ))}
      {form.errors[path] !== undefined && (
        <Text size="sm" c="var(--bad)">
          {form.errors[path]}
        </Text>
      )}
      <div>
        <Button
          variant="subtle"
          size="compact-sm"
          leftSection={<Icon name="add" size={14} />}
          onClick={() => {
            form.insertListItem(path, { name: '', value: '' });
          }}
        >
          Add a header
        </Button>
      </div>
    </Stack>
  );
}
