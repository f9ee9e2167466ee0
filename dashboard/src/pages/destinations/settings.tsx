import { Alert, Button, Card, Fieldset, MultiSelect, Stack, Switch, TextInput, Title } from '@mantine/core';
import type { FormErrors } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client, messageOf, useChange } from '../../api.ts';
import { DeleteDestination } from './delete-destination.tsx';
import { EndpointFields } from './endpoint-fields.tsx';
import classes from './fields.module.css';
import { FilterFields } from './filter-fields.tsx';
import { PolicyFields } from './policy-fields.tsx';
import { SaveBar } from './save-bar.tsx';
import { SecretField } from './secret-field.tsx';
import {
  type Destination,
  patchOf,
  SettingsProvider,
  useSettingsContext,
  useSettingsForm,
  valuesOf,
} from './settings-form.ts';
import { mistakesIn, problemsAt } from './settings-problems.ts';
import { TlsFields } from './tls-fields.tsx';
import { firstSources } from '../../questions.ts';
import { useIsAdmin } from '../../parts/role.ts';

interface Saved {
  /** As Sluice answered last. */
  readonly destination: Destination;
  /** What the page showed at that time, which may be from before. */
  readonly shown: string;
  readonly revision: number;
}

function keyOf(destination: Destination): string {
  return JSON.stringify(valuesOf(destination));
}

function topmost(nodes: readonly (HTMLElement | null)[]): HTMLElement | undefined {
  const topOf = (node: HTMLElement): number => node.getBoundingClientRect().top;
  return nodes.filter((node) => node !== null).sort((one, other) => topOf(one) - topOf(other))[0];
}

/** What a destination is: where its events go, how they are signed, and how it tries. */
export function Settings({ destination }: { readonly destination: Destination }) {
  const { id, origin } = destination;
  const form = useSettingsForm({
    initialValues: valuesOf(destination),
    validate: mistakesIn,
    validateInputOnBlur: true,
  });
  const [faults, setFaults] = useState<readonly string[]>([]);
  const [saved, setSaved] = useState<Saved>({ destination, shown: keyOf(destination), revision: 0 });
  const isDirty = JSON.stringify(form.values) !== keyOf(saved.destination);
  const follow = (now: Destination): void => {
    setSaved({ destination: now, shown: keyOf(destination), revision: saved.revision + 1 });
    form.setValues(valuesOf(now));
    form.clearErrors();
    setFaults([]);
  };
  const focusFirst = (errors: FormErrors): void => {
    const nodes = Object.keys(errors).map((path) => form.getInputNode(path));
    topmost(nodes)?.focus();
  };
  const isChangedElsewhere = ![saved.shown, keyOf(saved.destination)].includes(keyOf(destination));
  const save = useChange(
    async () => {
      const body = patchOf(valuesOf(saved.destination), form.values);
      follow(await client.updateDestination({ params: { id }, body }));
    },
    {
      done: null,
      refresh: [['destinations']],
      onError: (error) => {
        const { fields, others } = problemsAt(error, form.values);
        form.setErrors(fields);
        focusFirst(fields);
        const isSaid = Object.keys(fields).length > 0;
        setFaults(others.length > 0 ? others : isSaid ? [] : [messageOf(error)]);
      },
    },
  );
  const isAdmin = useIsAdmin();
  const isReadOnly = origin === 'file' || !isAdmin;
  const submit = (): void => {
    setFaults([]);
    const { hasErrors, errors } = form.validate();
    if (hasErrors) focusFirst(errors);
    else save.mutate(undefined);
  };
  return (
    <SettingsProvider form={form}>
      <form
        noValidate
        className={classes['fields']}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack gap="lg">
          {origin === 'file' && (
            <Alert variant="light" color="gray" title="Declared in the configuration file">
              The file alone changes it: edit it there, and restart Sluice. Here it can be read.
            </Alert>
          )}
          {origin !== 'file' && isReadOnly && (
            <Alert variant="light" color="gray" title="You may look">
              Changing it takes the role admin.
            </Alert>
          )}
          {isChangedElsewhere && (
            <Alert variant="light" color="yellow" title="Somebody else changed it meanwhile" role="status">
              <Button
                size="xs"
                variant="default"
                onClick={() => {
                  follow(destination);
                }}
              >
                Show what is there now
              </Button>
            </Alert>
          )}
          <Fieldset variant="unstyled" m={0} p={0} disabled={isReadOnly} aria-label="Settings">
            <Stack gap="lg">
              <General />
              <EndpointFields />
              <SecretField
                key={saved.revision}
                destination={destination}
                stored={saved.destination.settings.sharedSecret ?? ''}
              />
              <PolicyFields />
              <FilterFields />
              <TlsFields />
            </Stack>
          </Fieldset>
          {!isReadOnly && <DeleteDestination destination={destination} />}
          <SaveBar
            isDirty={isDirty && !isReadOnly}
            isBusy={save.isPending}
            isSaved={save.isSuccess}
            faults={faults}
            mistakes={Object.keys(form.errors).length}
            onUndo={() => {
              save.reset();
              follow(saved.destination);
            }}
          />
        </Stack>
      </form>
    </SettingsProvider>
  );
}

function General() {
  const form = useSettingsContext();
  const { data: sources } = useQuery(firstSources);
  const known = sources?.data ?? [];
  const unlisted = form.values.sources.filter((id) => !known.some((source) => source.id === id));
  return (
    <Card withBorder>
      <Stack>
        <Title order={2} size="h4">
          General
        </Title>
        <Switch
          label="Enabled"
          description="While it is off nothing is delivered, and nothing is kept for it. Once on, it starts with what arrives from then on."
          {...form.getInputProps('enabled', { type: 'checkbox' })}
        />
        <TextInput label="Name" maw={480} {...form.getInputProps('name')} />
        <MultiSelect
          label="Sources"
          description="Whose events it gets"
          maw={480}
          data={[
            ...known.map(({ id, name }) => ({ value: id, label: name })),
            ...unlisted.map((id) => ({ value: id, label: id })),
          ]}
          searchable
          {...form.getInputProps('sources')}
        />
      </Stack>
    </Card>
  );
}
