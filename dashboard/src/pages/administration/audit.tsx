import { Anchor, Modal, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { client, type Listed } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Json } from '../../parts/code.tsx';
import { FilterText } from '../../parts/filter-fields.tsx';
import { usePages } from '../../parts/lists.ts';
import { Empty, Fault, Loading } from '../../parts/page.tsx';
import { type Column, Rows } from '../../parts/rows.tsx';
import { When } from '../../parts/when.tsx';
import { narrowed } from '../../search.ts';

type Entry = Listed<'listAudit'>;

function columnsOf(onShow: (entry: Entry) => void): readonly Column<Entry>[] {
  return [
    {
      name: 'Change',
      width: 'minmax(160px, 1fr)',
      cell: (entry) => (
        <Anchor
          component="button"
          type="button"
          size="sm"
          onClick={() => {
            onShow(entry);
          }}
        >
          {entry.action}
        </Anchor>
      ),
    },
    { name: 'Of', width: 'minmax(140px, 1fr)', cell: ({ subject }) => subject },
    { name: 'By', width: 'minmax(140px, 1fr)', cell: ({ by }) => by },
    { name: 'When', width: '110px', cell: ({ at }) => <When at={at} /> },
  ];
}

/** Who changed what, and what it was before. */
export function Audit() {
  const filters = useSearch({ from: '/administration/{-$tab}' });
  const navigate = useNavigate();
  const [shown, setShown] = useState<Entry | null>(null);
  const { subject, by } = filters;
  const { entries, error, isPending, hasNextPage, more, refetch } = usePages<Entry>(
    ['audit', subject, by],
    async (cursor, signal) => client.listAudit({ query: { subject, by, limit: 100, ...cursor }, signal }),
  );
  const filter = (name: 'subject' | 'by', label: string, placeholder: string) => (
    <FilterText
      label={label}
      placeholder={placeholder}
      value={filters[name]}
      onChange={(value) => {
        const search = narrowed(filters, { [name]: value });
        void navigate({ to: '/administration/{-$tab}', params: { tab: 'audit' }, search, replace: true });
      }}
    />
  );
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }} maw={620}>
        {filter('subject', 'Of the id', 'the id of what was changed')}
        {filter('by', 'By', 'token deploy')}
      </SimpleGrid>
      {error !== null ? (
        <Fault error={error} onRetry={() => void refetch()} />
      ) : isPending ? (
        <Loading rows={6} />
      ) : entries.length === 0 && !hasNextPage ? (
        <Empty icon="clock" title="No change is like that">
          Each change of sources, destinations, tokens and the rest is here, with who made it.
        </Empty>
      ) : (
        <Rows
          what="Audit trail"
          columns={columnsOf(setShown)}
          entries={entries}
          keyOf={({ id }) => id}
          onEnd={more}
          foot={`${formatOf(entries.length, 'change')}${hasNextPage ? ', and there are more' : ''}`}
        />
      )}
      <Modal
        opened={shown !== null}
        onClose={() => {
          setShown(null);
        }}
        title={shown === null ? '' : `${shown.action} of ${shown.subject}`}
        size="xl"
      >
        {shown !== null && <Difference entry={shown} />}
      </Modal>
    </Stack>
  );
}

function Difference({ entry: { by, at, before, after } }: { readonly entry: Entry }) {
  return (
    <Stack>
      <Text size="sm">
        By {by}, <When at={at} />
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        {[['Before', before] as const, ['After', after] as const].map(([name, state]) => (
          <div key={name}>
            <Title order={3} size="h6" mb={4}>
              {name}
            </Title>
            {state === null ? <Text size="sm">Nothing</Text> : <Json value={state} what={name.toLowerCase()} />}
          </div>
        ))}
      </SimpleGrid>
    </Stack>
  );
}
