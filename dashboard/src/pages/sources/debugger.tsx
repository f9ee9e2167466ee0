import { Button, Card, Group, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { formatOf } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { useLive, type StreamMessage } from '../../live.ts';
import { To } from '../../parts/links.tsx';
import { Empty } from '../../parts/page.tsx';
import { refusalWords } from '../../parts/refusal.ts';
import { LiveList } from './live-list.tsx';
import { type Line, NOTHING, type Ring, searched, withMessages, withoutLines } from './ring.ts';
import { PrettyOrRaw } from '../../parts/pretty-or-raw.tsx';

/** What a source sends, as it comes: accepted and refused. */
export function Debugger({ source }: { readonly source: string }) {
  const [ring, setRing] = useState<Ring>(NOTHING);
  const [isPaused, setIsPaused] = useState(false);
  /** What is shown while it is paused: what there was then. */
  const [frozen, setFrozen] = useState<Ring>(NOTHING);
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const onMessages = useCallback((messages: readonly StreamMessage[]) => {
    setRing((before) => withMessages(before, messages));
  }, []);
  const state = useLive({ source, kinds: 'event,refused' }, onMessages);
  const shown = isPaused ? frozen : ring;
  const lines = useMemo(() => searched(shown.lines, text), [shown.lines, text]);
  const line = lines.find(({ key }) => key === chosen) ?? null;
  const since = ring.came - shown.came;
  return (
    <Stack gap="sm">
      <Group gap="xs" align="flex-end">
        <TextInput
          label="Search in what is shown"
          leftSection={<Icon name="search" size={15} />}
          value={text}
          onChange={({ currentTarget }) => {
            setText(currentTarget.value);
          }}
          style={{ flex: '1 1 220px' }}
          spellCheck={false}
        />
        <Button
          variant="default"
          leftSection={<Icon name={isPaused ? 'play' : 'pause'} size={15} />}
          onClick={() => {
            setFrozen(ring);
            setIsPaused(!isPaused);
          }}
        >
          {isPaused ? 'Go on' : 'Pause'}
        </Button>
        <Button
          variant="default"
          onClick={() => {
            setRing(withoutLines);
            setFrozen(withoutLines(ring));
            setChosen(null);
          }}
        >
          Clear
        </Button>
      </Group>
      <Text size="sm" c={state === 'waiting' ? 'var(--warn)' : 'var(--quiet)'} role="status">
        {state === 'waiting'
          ? 'The connection was lost, and is tried again.'
          : isPaused
            ? `Paused: ${formatOf(since, 'call')} came since.`
            : state === 'connecting'
              ? 'Connecting …'
              : `Live: ${formatOf(lines.length, 'call')} shown, the newest 2,000 are kept here.`}
      </Text>
      {lines.length === 0 ? (
        <Empty icon="events" title={text === '' ? 'Waiting for calls' : 'Nothing that is shown has this in it'}>
          {text === '' ? (
            <>
              What this source sends appears here as it comes. What came before is under{' '}
              <To to="/events" search={{ source }}>
                events
              </To>
              .
            </>
          ) : (
            'The search is in names, users and everything else of each call.'
          )}
        </Empty>
      ) : (
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
          <LiveList lines={lines} chosen={line?.key ?? null} onChoose={setChosen} />
          <Chosen line={line} />
        </SimpleGrid>
      )}
    </Stack>
  );
}

function Chosen({ line }: { readonly line: Line | null }) {
  if (line === null) return <Text c="var(--quiet)">Choose a call to see what was sent.</Text>;
  return (
    <Card withBorder>
      <PrettyOrRaw title={line.title} text={line.kind === 'gap' ? null : line.text} what="call" maxHeight={520}>
        <About line={line} />
      </PrettyOrRaw>
    </Card>
  );
}

function About({ line }: { readonly line: Line }) {
  if (line.kind === 'gap') return <Text size="sm">{line.detail}</Text>;
  if (line.kind === 'event') {
    return (
      <Text size="sm" mb="sm">
        <To to="/events/$event" params={{ event: line.data.id }}>
          What became of it
        </To>
      </Text>
    );
  }
  const { reason, message, count, isCut } = line.data;
  return (
    <Text size="sm" mb="sm" style={{ overflowWrap: 'anywhere' }}>
      Refused because {refusalWords(reason)} ({reason}).{message === refusalWords(reason) ? '' : ` ${message}`}
      {count > 1 ? ` ${formatOf(count, 'call')} were refused with it.` : ''}
      {isCut ? ' There was more than is shown.' : ''}
    </Text>
  );
}
