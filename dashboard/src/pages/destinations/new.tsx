import { Alert, Button, Card, Group, MultiSelect, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError, client, messageOf, useChange } from '../../api.ts';
import { ButtonTo, To } from '../../parts/links.tsx';
import { Empty, Fault, Loading, Page } from '../../parts/page.tsx';
import classes from './fields.module.css';
import { firstSources } from '../../questions.ts';
import { useIsAdmin } from '../../parts/role.ts';
import { capitalised } from '../../format.ts';

/** The least that a destination needs; everything else is in its settings. */
export function NewDestination() {
  const sources = useQuery(firstSources);
  const isAdmin = useIsAdmin();
  return (
    <Page
      title="Connect a webhook"
      trail={[
        <To key="all" to="/destinations" size="sm">
          Destinations
        </To>,
      ]}
      about="A name, whose events it gets, and where they go. Secret, headers and retries follow in its settings."
    >
      {sources.error !== null ? (
        <Fault error={sources.error} onRetry={() => void sources.refetch()} />
      ) : sources.data === undefined ? (
        <Loading />
      ) : !isAdmin ? (
        <Empty icon="lock" title="You may look">
          Connecting a webhook takes the role admin.
        </Empty>
      ) : (
        <NewForm sources={sources.data.data.map(({ id, name }) => ({ value: id, label: name }))} />
      )}
    </Page>
  );
}

interface NewFormProps {
  readonly sources: readonly { readonly value: string; readonly label: string }[];
}

function NewForm({ sources }: NewFormProps) {
  const navigate = useNavigate();
  // Of a request bin that is to be used.
  const { endpoint = '' } = useSearch({ from: '/new-destination' });
  const [fault, setFault] = useState<string | null>(null);
  const form = useForm({
    initialValues: { name: '', sources: sources.length === 1 ? sources.map(({ value }) => value) : [], url: endpoint },
    validate: {
      url: (url) => (url.trim() === '' ? 'Where should events go?' : null),
      sources: (chosen) => (chosen.length === 0 ? 'Choose at least one, or nothing is ever sent' : null),
    },
  });
  const make = useChange(
    async ({ name, sources: chosen, url }: typeof form.values) =>
      client.createDestination({
        body: { ...(name.trim() === '' ? {} : { name }), sources: chosen, settings: { webhookUrl: url.trim() } },
      }),
    {
      done: ({ name }) => `${name} is connected, and gets what arrives from now on`,
      refresh: [['destinations']],
      onError: (error) => {
        const fields = fieldsOf(error);
        form.setErrors(fields);
        setFault(Object.keys(fields).length === 0 ? messageOf(error) : null);
      },
    },
  );
  return (
    <Card withBorder maw={640} className={classes['fields']}>
      <form
        noValidate
        onSubmit={form.onSubmit((values) => {
          setFault(null);
          make.mutate(values, {
            onSuccess: ({ id }) =>
              void navigate({
                to: '/destinations/$destination/{-$tab}',
                params: { destination: id, tab: 'settings' },
              }),
          });
        })}
      >
        <Stack>
          <TextInput
            label="Name"
            description="What people call it. Without one: its id"
            placeholder="Warehouse"
            data-autofocus
            {...form.getInputProps('name')}
          />
          <MultiSelect
            label="Sources"
            description="Whose events it gets"
            data={[...sources]}
            searchable
            required
            {...form.getInputProps('sources')}
          />
          <TextInput
            label="Webhook URL"
            description="The full URL that events are sent to, http or https"
            placeholder="https://example.com/webhooks"
            type="url"
            required
            {...form.getInputProps('url')}
          />
          <Text size="sm" c="var(--quiet)">
            Nothing at hand that takes webhooks? <To to="/bins">Make a request bin</To> and use its URL.
          </Text>
          {fault !== null && (
            <Alert color="red" variant="light" role="alert" title="It was not made">
              {fault}
            </Alert>
          )}
          <Group justify="flex-end">
            <ButtonTo to="/destinations" variant="default">
              Cancel
            </ButtonTo>
            <Button type="submit" loading={make.isPending}>
              Connect
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}

function fieldsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {};
  if (error.code === 'name_taken') return { name: messageOf(error) };
  if (error.code === 'source_not_found') return { sources: messageOf(error) };
  const { problems } = error.details;
  if (!Array.isArray(problems)) return {};
  const found = (problems as { readonly path: string; readonly message: string }[]).map(({ path, message }) => {
    const field = path.startsWith('sources') ? 'sources' : path.startsWith('settings') ? 'url' : 'name';
    return [field, capitalised(message)] as const;
  });
  return Object.fromEntries(found);
}
