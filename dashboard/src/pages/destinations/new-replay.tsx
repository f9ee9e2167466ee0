import { Alert, Button, Card, Group, NumberInput, Select, SimpleGrid, Text, TextInput, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { CALL_TYPES, DELIVERY_STATES, limits } from '../../../../src/contract/vocabulary.ts';
import { client, type Listed, messageOf, useChange } from '../../api.ts';
import { Icon } from '../../icons.tsx';
import { localOf } from '../../parts/filter-fields.tsx';
import { problemsOf } from '../../parts/problems.ts';
import type { Filters } from '../../search.ts';
import { useFilters } from './narrowing.ts';

/** As it stands in the fields; empty for any. */
interface Slice {
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly name: string;
  readonly user: string;
  readonly state: string;
  readonly rate: string;
}

type Asked = NonNullable<Parameters<typeof client.createReplay>[0]>['body'];

function sliceFrom({ from, to, type = '', name = '', user = '', state = '' }: Filters): Slice {
  const moment = (iso: string | undefined) => (iso === undefined ? '' : localOf(iso));
  return { from: moment(from), to: moment(to), type, name, user, state, rate: '' };
}

function askedOf(destination: string, { from, to, rate, ...rest }: Slice): Asked {
  const filter = Object.fromEntries(Object.entries(rest).filter(([, value]) => value.trim() !== ''));
  return {
    destination,
    ...(from === '' ? {} : { from: new Date(from).toISOString() }),
    ...(to === '' ? {} : { to: new Date(to).toISOString() }),
    ...(rate === '' ? {} : { ratePerSecond: Number(rate) }),
    ...(Object.keys(filter).length === 0 ? {} : { filter }),
  };
}

/** Which events to send again. Fields begin as the URL says. */
export function NewReplay({ destination: { id, enabled } }: { readonly destination: Listed<'listDestinations'> }) {
  const [filters] = useFilters();
  const [slice, setSlice] = useState(() => sliceFrom(filters));
  const [error, setError] = useState<Error | null>(null);
  const navigate = useNavigate();
  const start = useChange(async (asked: Asked) => client.createReplay({ body: asked }), {
    ...{ done: null, refresh: [['replays']], onError: setError },
  });
  const problems = problemsOf(error);
  const field = (name: keyof Slice) => ({
    value: slice[name],
    error: problems.get(name === 'rate' ? 'ratePerSecond' : name) ?? problems.get(`filter.${name}`),
  });
  const set = (name: keyof Slice, value: string) => {
    setError(null);
    setSlice((before) => ({ ...before, [name]: value }));
  };
  return (
    <Card
      withBorder
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        setError(null);
        start.mutate(askedOf(id, slice), {
          onSuccess: (replay) => void navigate({ to: '/replays/$replay', params: { replay: replay.id } }),
        });
      }}
    >
      <Title order={2} size="h4">
        Send events again
      </Title>
      <Text size="sm" c="var(--quiet)" mb="sm">
        Of what the log still has, whatever is left open. They are counted first, and sent beside new events; endpoints
        that know an event by its <code>webhook-id</code> can tell that they had it.
      </Text>
      <SliceFields field={field} onChange={set} />
      {error !== null && (
        <Alert color="red" variant="light" role="alert" mt="sm">
          {messageOf(error)}
        </Alert>
      )}
      <Group mt="md">
        <Button
          type="submit"
          leftSection={<Icon name="again" size={16} />}
          loading={start.isPending}
          disabled={!enabled}
        >
          Start the replay
        </Button>
        {!enabled && <Text size="sm">The destination is disabled: enable it first.</Text>}
      </Group>
    </Card>
  );
}

interface SliceFieldsProps {
  readonly field: (name: keyof Slice) => { readonly value: string; readonly error: string | undefined };
  readonly onChange: (name: keyof Slice, value: string) => void;
}

function SliceFields({ field, onChange }: SliceFieldsProps) {
  const text = (name: keyof Slice, label: string) => (
    <TextInput
      {...field(name)}
      label={label}
      type={name === 'from' || name === 'to' ? 'datetime-local' : 'text'}
      placeholder="any"
      onChange={(event) => {
        onChange(name, event.currentTarget.value);
      }}
    />
  );
  const choice = (name: keyof Slice, label: string, data: readonly string[]) => (
    <Select
      {...field(name)}
      value={field(name).value === '' ? null : field(name).value}
      label={label}
      data={data}
      placeholder="any"
      clearable
      onChange={(value) => {
        onChange(name, value ?? '');
      }}
    />
  );
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
      {text('from', 'Received from')}
      {text('to', 'Received before')}
      {choice('type', 'Type', CALL_TYPES)}
      {text('name', 'Event name')}
      {text('user', 'User')}
      {choice('state', 'Delivery here is', DELIVERY_STATES)}
      <NumberInput
        {...field('rate')}
        label="Attempts per second"
        placeholder="as there is room"
        min={limits.replayRateMin}
        max={limits.replayRateMax}
        onChange={(value) => {
          onChange('rate', String(value));
        }}
      />
    </SimpleGrid>
  );
}
