import { Button, Group, Select, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { EVENT_TYPES, REFUSALS } from '../../../../src/contract/vocabulary.ts';
import { FilterMoment, FilterText } from '../../parts/filter-fields.tsx';
import type { FilterName, Filters } from '../../search.ts';
import { firstSources } from '../../questions.ts';

/** In the place of a source's id, of which it can be none: refused calls whose write key belongs to no source. */
export const UNKNOWN_SOURCE = '(unknown)';

export interface EventFiltersProps {
  readonly filters: Filters;
  readonly onChange: (changed: Readonly<Partial<Record<FilterName, string | null>>>) => void;
}

/** What events are searched by. Refused calls have less to search by. */
export function EventFilters({ filters, onChange }: EventFiltersProps) {
  const isRefused = filters.refused === 'true';
  const text = (name: FilterName, label: string) => (
    <FilterText
      label={label}
      value={filters[name]}
      onChange={(value) => {
        onChange({ [name]: value });
      }}
    />
  );
  const time = (name: 'from' | 'to', label: string) => (
    <FilterMoment
      label={label}
      value={filters[name]}
      onChange={(value) => {
        onChange({ [name]: value });
      }}
    />
  );
  return (
    <Stack gap="sm" role="search" aria-label="Events">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm" verticalSpacing="xs">
        {!isRefused && <GoToEvent />}
        {!isRefused && text('messageId', 'Message id')}
        {!isRefused && text('user', 'User')}
        {!isRefused && text('name', 'Event name')}
        {isRefused ? (
          <Select
            label="Reason"
            size="xs"
            placeholder="Any"
            data={Object.entries(REFUSALS).map(([value, label]) => ({ value, label }))}
            value={filters.reason ?? null}
            onChange={(reason) => {
              onChange({ reason });
            }}
            clearable
            searchable
          />
        ) : (
          <Select
            label="Type"
            size="xs"
            placeholder="Any"
            data={[...EVENT_TYPES]}
            value={filters.type ?? null}
            onChange={(type) => {
              onChange({ type });
            }}
            clearable
          />
        )}
        <SourceFilter
          value={filters.source ?? null}
          hasUnknown={isRefused}
          onChange={(source) => {
            onChange({ source });
          }}
        />
        {time('from', 'Received from')}
        {time('to', 'Received before')}
      </SimpleGrid>
      {Object.keys(filters).some((name) => name !== 'refused') && (
        <Group>
          <Button
            size="xs"
            variant="subtle"
            onClick={() => {
              onChange(
                Object.fromEntries(Object.keys(filters).flatMap((name) => (name === 'refused' ? [] : [[name, null]]))),
              );
            }}
          >
            Clear the filters
          </Button>
        </Group>
      )}
    </Stack>
  );
}

interface SourceFilterProps {
  readonly value: string | null;
  /** Whether calls of no source are among what is searched. */
  readonly hasUnknown: boolean;
  readonly onChange: (source: string | null) => void;
}

function SourceFilter({ value, hasUnknown, onChange }: SourceFilterProps) {
  const { data } = useQuery(firstSources);
  const known = [
    ...(hasUnknown ? [{ value: UNKNOWN_SOURCE, label: 'None: unknown write key' }] : []),
    ...(data?.data.map(({ id, name }) => ({ value: id, label: name })) ?? []),
  ];
  // A source that is gone still has events.
  const isKnown = value === null || known.some((each) => each.value === value);
  return (
    <Select
      label="Source"
      size="xs"
      placeholder="Any"
      data={isKnown ? known : [...known, { value, label: value }]}
      value={value}
      onChange={onChange}
      clearable
      searchable
    />
  );
}

/** Whoever has an event's id wants that event, not a list with it. */
function GoToEvent() {
  const navigate = useNavigate();
  const [id, setId] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const go = (text: string) => {
    const event = text.trim();
    if (event === '') return;
    if (!/^evt_\w+$/.test(event)) {
      setProblem('An event id begins with evt_');
      return;
    }
    void navigate({ to: '/events/$event', params: { event } });
  };
  return (
    <TextInput
      label="Event id"
      size="xs"
      placeholder="evt_…"
      value={id}
      error={problem}
      onChange={({ currentTarget }) => {
        setId(currentTarget.value);
        setProblem(null);
      }}
      onPaste={({ clipboardData }) => {
        const pasted = clipboardData.getData('text').trim();
        if (/^evt_\w+$/.test(pasted)) go(pasted);
      }}
      onKeyDown={({ key }) => {
        if (key === 'Enter') go(id);
      }}
      spellCheck={false}
      autoComplete="off"
    />
  );
}
