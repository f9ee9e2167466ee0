import { Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { LIBRARIES, type SourceKind } from '../../../src/contract/vocabulary.ts';
import { sluiceUrl } from '../api.ts';
import { Code } from './code.tsx';

export interface SetupCodeProps {
  readonly writeKey: string;
  /** Those of this kind stand first; null for no preference. */
  readonly kind?: SourceKind | null;
}

/** What is written in a program to have its library send here, for every library there is. */
export function SetupCode({ writeKey, kind = null }: SetupCodeProps) {
  const first = LIBRARIES.find((library) => library.kind === kind) ?? LIBRARIES[0];
  const [id, setId] = useState<string | null>(null);
  const library = LIBRARIES.find((each) => each.id === id) ?? first;
  if (library === undefined) return null;
  const { protocol, host } = new URL(sluiceUrl);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const groups = (['web', 'mobile', 'server'] as const).map((group) => ({
    group: { web: 'Web', mobile: 'Mobile', server: 'Server' }[group],
    items: LIBRARIES.filter((each) => each.kind === group).map(({ id: value, name: label }) => ({ value, label })),
  }));
  return (
    <Stack gap="xs">
      <Select
        label="Library"
        data={groups}
        value={library.id}
        onChange={setId}
        allowDeselect={false}
        searchable
        maw={320}
      />
      <Code text={library.code({ scheme, host, writeKey })} what={`code for ${library.name}`} />
      {library.note !== null && <Text size="sm">{library.note}</Text>}
      {library.needsHttps && scheme === 'http' && (
        <Text size="sm" c="var(--warn)">
          {library.name} sends over HTTPS alone; it will not reach a URL of plain HTTP.
        </Text>
      )}
    </Stack>
  );
}
