import { Alert, Button, Card, Fieldset, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { limits } from '../../../../src/contract/vocabulary.ts';
import { Icon } from '../../icons.tsx';
import { AuthFields } from './auth-fields.tsx';
import { HeaderFields } from './header-fields.tsx';
import { NEW_ENDPOINT, NO_AUTH, useSettingsContext } from './settings-form.ts';

/** Where events go: one URL, or up to five webhooks in its stead. */
export function EndpointFields() {
  const form = useSettingsContext();
  const { webhooks, webhookUrl } = form.values;
  const isReplaced = webhooks.length > 0;
  return (
    <Card withBorder>
      <Stack>
        <Title order={2} size="h4">
          Endpoints
        </Title>
        <TextInput
          label="Webhook URL"
          description="The full URL that events are sent to, http or https"
          placeholder="https://example.com/webhooks"
          type="url"
          {...form.getInputProps('webhookUrl')}
        />
        {isReplaced ? (
          webhookUrl !== '' && (
            <Alert variant="light" color="yellow" p="xs" icon={<Icon name="alert" />}>
              <Text size="sm">Ignored, because there are webhooks below: only they are sent to.</Text>
            </Alert>
          )
        ) : (
          <AuthFields path="auth" />
        )}
        <Webhooks />
      </Stack>
    </Card>
  );
}

function Webhooks() {
  const form = useSettingsContext();
  const { webhooks, webhookUrl, auth } = form.values;
  const add = (): void => {
    // The first would silence the Webhook URL, which was meant to stay an endpoint.
    const isFirst = webhooks.length === 0 && webhookUrl !== '';
    const before = isFirst ? [{ ...NEW_ENDPOINT, url: webhookUrl, auth }] : webhooks;
    form.setValues({ webhooks: [...before, NEW_ENDPOINT], ...(isFirst ? { auth: NO_AUTH } : {}) });
  };
  const remove = (at: number): void => {
    const left = webhooks.filter((_, index) => index !== at);
    const gone = webhooks[at];
    const isBack = left.length === 0 && gone?.url === webhookUrl;
    form.clearErrors();
    form.setValues({ webhooks: left, ...(isBack ? { auth: gone.auth } : {}) });
  };
  return (
    <Stack gap="sm">
      <div>
        <Title order={3} size="h5">
          Webhooks
        </Title>
        <Text size="sm" c="var(--quiet)">
          For several endpoints, or static headers: up to {limits.endpointsMax}. As soon as there is one, the Webhook
          URL is ignored.
        </Text>
      </div>
      {webhooks.map((_, at) => (
        <Fieldset key={at} legend={`Webhook ${at + 1}`}>
          <Stack gap="sm">
            <Group align="flex-start" wrap="nowrap" gap="xs">
              <TextInput
                label="URL"
                type="url"
                style={{ flex: 1 }}
                placeholder="https://example.com/webhooks"
                {...form.getInputProps(`webhooks.${at}.url`)}
              />
              <Button
                mt={25}
                variant="subtle"
                color="red"
                px="xs"
                aria-label={`Remove webhook ${at + 1}`}
                onClick={() => {
                  remove(at);
                }}
              >
                <Icon name="remove" />
              </Button>
            </Group>
            <HeaderFields at={at} />
            <AuthFields path={`webhooks.${at}.auth`} />
          </Stack>
        </Fieldset>
      ))}
      {form.errors['webhooks'] !== undefined && (
        <Text size="sm" c="var(--bad)">
          {form.errors['webhooks']}
        </Text>
      )}
      <Group>
        <Button
          variant="default"
          size="xs"
          leftSection={<Icon name="add" size={14} />}
          disabled={webhooks.length >= limits.endpointsMax}
          onClick={add}
        >
          Add a webhook
        </Button>
        {webhooks.length >= limits.endpointsMax && (
          <Text size="sm" c="var(--quiet)">
            More than {limits.endpointsMax} are a second destination.
          </Text>
        )}
      </Group>
    </Stack>
  );
}
