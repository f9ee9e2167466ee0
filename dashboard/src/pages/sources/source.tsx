import { Select, Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { type Answered, client } from '../../api.ts';
import { To } from '../../parts/links.tsx';
import { Fault, Loading, Page } from '../../parts/page.tsx';
import { SetupCode } from '../../parts/setup-code.tsx';
import { State } from '../../parts/state.tsx';
import { Debugger } from './debugger.tsx';
import { Keys } from './keys.tsx';
import { SourceSettings } from './settings.tsx';

const TABS = [
  ['debugger', 'Debugger'],
  ['setup', 'Setup'],
  ['keys', 'Write keys'],
  ['settings', 'Settings'],
] as const;

/** One source: what it sends now, how to send to it, and what it is. */
export function SourcePage() {
  const { source: id, tab = 'debugger' } = useParams({ from: '/sources/$source/{-$tab}' });
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery({
    queryKey: ['sources', 'one', id],
    queryFn: async ({ signal }) => client.getSource({ params: { id }, signal }),
  });
  const trail = [
    <To key="sources" to="/sources" size="sm">
      Sources
    </To>,
  ];
  const mark = data && <State state={data.enabled ? 'enabled' : 'disabled'} />;
  const about = data?.origin === 'file' ? 'Declared in the configuration file, which alone changes it.' : undefined;
  return (
    <Page title={data?.name ?? id} trail={trail} mark={mark} about={about}>
      {error !== null && <Fault error={error} onRetry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading rows={8} />
      ) : (
        <Tabs
          value={tab}
          keepMounted={false}
          onChange={(value) => {
            const next = value === null || value === 'debugger' ? undefined : value;
            void navigate({ to: '/sources/$source/{-$tab}', params: { source: id, tab: next } });
          }}
        >
          <Tabs.List mb="md" aria-label={`Parts of ${data.name}`}>
            {TABS.map(([value, label]) => (
              <Tabs.Tab key={value} value={value}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="debugger">
            {/* Another source is another stream: nothing of the one before stays. */}
            <Debugger key={id} source={id} />
          </Tabs.Panel>
          <Tabs.Panel value="setup">
            <Setup source={data} />
          </Tabs.Panel>
          <Tabs.Panel value="keys">
            <Keys source={data} />
          </Tabs.Panel>
          <Tabs.Panel value="settings">
            <SourceSettings key={id} source={data} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Page>
  );
}

function Setup({ source }: { readonly source: Answered<'getSource'> }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const writeKey = source.writeKeys.find((key) => key === chosen) ?? source.writeKeys[0];
  if (writeKey === undefined) return <Text>It has no write key.</Text>;
  return (
    <Stack maw={820}>
      {!source.enabled && (
        <Text size="sm" c="var(--warn)">
          This source is disabled: what it sends is refused.
        </Text>
      )}
      {source.writeKeys.length > 1 && (
        <Select
          label="Write key"
          data={[...source.writeKeys]}
          value={writeKey}
          onChange={setChosen}
          allowDeselect={false}
          maw={320}
        />
      )}
      <SetupCode writeKey={writeKey} kind={source.kind} />
    </Stack>
  );
}
