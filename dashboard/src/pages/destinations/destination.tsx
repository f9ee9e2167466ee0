import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { type Answered, client, useChange } from '../../api.ts';
import { Icon } from '../../icons.tsx';
import { Confirm, useAsking } from '../../parts/confirm.tsx';
import { To } from '../../parts/links.tsx';
import { Fault, Loading, Page } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { DeadLettersTab } from './dead-letters-tab.tsx';
import { DeliveriesTab } from './deliveries-tab.tsx';
import { DeliveryTab } from './delivery-tab.tsx';
import { useIsAdmin } from '../../parts/role.ts';
import { ReplaysTab } from './replays-tab.tsx';
import { Settings } from './settings.tsx';
import classes from './tabs.module.css';
import { TestEvent } from './test-event.tsx';
import { oneDestination } from '../../questions.ts';

type Destination = Answered<'getDestination'>;

const TABS = [
  { tab: undefined, label: 'Delivery', Shown: DeliveryTab },
  { tab: 'deliveries', label: 'Deliveries', Shown: DeliveriesTab },
  { tab: 'dead-letters', label: 'Dead letters', Shown: DeadLettersTab },
  { tab: 'replays', label: 'Replays', Shown: ReplaysTab },
  { tab: 'settings', label: 'Settings', Shown: Settings },
  { tab: 'test', label: 'Test', Shown: TestEvent },
] as const;

const STANDS_EVERY_MS = 5_000;

export function DestinationPage() {
  const { destination: id, tab } = useParams({ from: '/destinations/$destination/{-$tab}' });
  const { data, error, refetch } = useQuery({
    ...oneDestination(id),
    refetchInterval: STANDS_EVERY_MS,
  });
  const trail = [
    <To key="all" to="/destinations">
      Destinations
    </To>,
  ];
  // What was known stays while asking again fails now and then.
  if (error !== null && data === undefined) {
    return (
      <Page title={id} trail={trail}>
        <Fault error={error} onRetry={() => void refetch()} />
      </Page>
    );
  }
  const chosen = TABS.find((each) => each.tab === tab);
  return (
    <Page
      title={data?.name ?? id}
      trail={trail}
      mark={data === undefined ? null : <State {...standingOf(data)} />}
      about={data === undefined ? 'A destination' : aboutOf(data)}
      actions={data !== undefined && <PauseOrResume destination={data} />}
    >
      <Tabs id={id} tab={tab} />
      {data === undefined ? (
        <Loading rows={8} />
      ) : chosen === undefined ? (
        <Text>There is no such part of a destination.</Text>
      ) : (
        <chosen.Shown key={id} destination={data} />
      )}
    </Page>
  );
}

function Tabs({ id, tab }: { readonly id: string; readonly tab: string | undefined }) {
  const bar = useRef<HTMLElement>(null);
  // On a narrow page the tab that is shown may be out of sight.
  useEffect(() => {
    const shown = bar.current?.querySelector<HTMLElement>('[aria-current]');
    if (bar.current !== null && shown != null) bar.current.scrollLeft = shown.offsetLeft - bar.current.offsetLeft - 40;
  }, [tab]);
  return (
    <nav aria-label="Parts of this destination" className={classes['tabs']} ref={bar}>
      {TABS.map((each) => (
        <To
          key={each.label}
          to="/destinations/$destination/{-$tab}"
          params={{ destination: id, tab: each.tab }}
          activeOptions={{ exact: true, includeSearch: false }}
          className={classes['tab'] ?? ''}
          underline="never"
        >
          {each.label}
        </To>
      ))}
    </nav>
  );
}

function standingOf({ enabled, endpoints, isHeld }: Destination): { readonly state: string; readonly label?: string } {
  if (!enabled) return { state: 'disabled' };
  if (endpoints.length > 0 && endpoints.every(({ state }) => state === 'paused')) return { state: 'paused' };
  if (isHeld === true) return { state: 'held' };
  if (endpoints.some(({ state }) => state !== 'open')) return { state: 'held', label: 'delivering in part' };
  return { state: 'open', label: 'delivering' };
}

function aboutOf({ id, origin, endpoints }: Destination): string {
  const declared = origin === 'file' ? ' · declared in the configuration file' : '';
  return `${id} · ${endpoints.length === 1 ? '1 endpoint' : `${endpoints.length} endpoints`}${declared}`;
}

function PauseOrResume({ destination: { id, name, enabled, endpoints } }: { readonly destination: Destination }) {
  const mayChange = useIsAdmin();
  const refresh = [['destinations']];
  const pause = useChange(async () => client.pauseDestination({ params: { id }, body: {} }), {
    ...{ refresh, done: () => `${name} is paused` },
  });
  const resume = useChange(async () => client.resumeDestination({ params: { id }, body: {} }), {
    ...{ refresh, done: () => `${name} is resumed` },
  });
  const { ask, confirm } = useAsking(pause);
  if (!mayChange || !enabled) return null;
  const paused = endpoints.filter(({ state }) => state === 'paused').length;
  return (
    <Group gap="xs">
      {paused > 0 && (
        <Button
          leftSection={<Icon name="play" size={16} />}
          loading={resume.isPending}
          onClick={() => {
            resume.mutate(undefined);
          }}
        >
          Resume
        </Button>
      )}
      {paused < endpoints.length && (
        <Button
          variant="default"
          leftSection={<Icon name="pause" size={16} />}
          onClick={() => {
            ask(undefined);
          }}
        >
          Pause
        </Button>
      )}
      <Confirm {...confirm} title={`Pause ${name}?`} verb="Pause">
        <Text size="sm">
          Nothing more is sent to {endpoints.length === 1 ? 'its endpoint' : 'any of its endpoints'} until somebody
          resumes it, also over restarts. What arrives meanwhile is kept and waits, as long as the log keeps events;
          attempts that are in flight end. Other destinations go on.
        </Text>
      </Confirm>
    </Group>
  );
}
