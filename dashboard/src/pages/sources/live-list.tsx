import { Group, Text } from '@mantine/core';
import { ChoiceList } from '../../parts/choice-list.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import type { Line } from './ring.ts';

const LINE_PX = 54;

export interface LiveListProps {
  readonly lines: readonly Line[];
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}

/** What came, newest first. */
export function LiveList({ lines, chosen, onChoose }: LiveListProps) {
  return (
    <ChoiceList
      what="Calls, newest first"
      entries={lines}
      keyOf={({ key }) => key}
      linePx={LINE_PX}
      line={lineOf}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
}

function lineOf({ kind, title, detail, at, data }: Line) {
  return (
    <>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Group gap="xs" wrap="nowrap" miw={0}>
          <State
            state={kind === 'event' ? 'accepted' : kind === 'gap' ? 'waiting' : 'refused'}
            label={kind === 'event' ? data.type : kind === 'gap' ? 'gap' : 'refused'}
          />
          <Text size="sm" fw={600} truncate>
            {title}
          </Text>
        </Group>
        {at !== null && (
          <Text size="xs" c="var(--quiet)" style={{ flexShrink: 0 }}>
            <When at={at} />
          </Text>
        )}
      </Group>
      <Text size="xs" c="var(--quiet)" truncate>
        {detail}
      </Text>
    </>
  );
}
