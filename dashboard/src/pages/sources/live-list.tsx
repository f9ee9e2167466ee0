import { Group, Text, UnstyledButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import type { Line } from './ring.ts';

const LINE_PX = 54;

export interface LiveListProps {
  readonly lines: readonly Line[];
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}

/** What came, newest first; one of them can be chosen. Only what can be seen is made. */
export function LiveList({ lines, chosen, onChoose }: LiveListProps) {
  const scroll = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised by a compiler
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => LINE_PX,
    overscan: 10,
    getItemKey: (index) => lines[index]?.key ?? index,
  });
  return (
    <div
      ref={scroll}
      tabIndex={0}
      role="region"
      aria-label="Calls, newest first"
      style={{
        maxHeight: '62vh',
        overflow: 'auto',
        border: '1px solid var(--line)',
        borderRadius: 'var(--mantine-radius-md)',
        background: 'var(--surface)',
      }}
    >
      <ul style={{ position: 'relative', height: virtual.getTotalSize(), margin: 0, padding: 0, listStyle: 'none' }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const line = lines[index];
          if (line === undefined) return null;
          return (
            <li
              key={key}
              style={{
                ...{ position: 'absolute', top: 0, left: 0, right: 0, height: LINE_PX },
                transform: `translateY(${start}px)`,
              }}
            >
              <LineButton line={line} isChosen={line.key === chosen} onChoose={onChoose} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function LineButton({
  line,
  isChosen,
  onChoose,
}: {
  readonly line: Line;
  readonly isChosen: boolean;
  readonly onChoose: (key: string) => void;
}) {
  const { kind, title, detail, at } = line;
  return (
    <UnstyledButton
      w="100%"
      h={LINE_PX}
      px="sm"
      aria-pressed={isChosen}
      onClick={() => {
        onChoose(line.key);
      }}
      style={{
        borderBottom: '1px solid var(--line)',
        ...(isChosen ? { boxShadow: 'inset 3px 0 0 var(--mantine-primary-color-filled)' } : {}),
      }}
    >
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Group gap="xs" wrap="nowrap" miw={0}>
          <State
            state={kind === 'event' ? 'accepted' : kind === 'gap' ? 'waiting' : 'refused'}
            label={kind === 'event' ? line.data.type : kind === 'gap' ? 'gap' : 'refused'}
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
    </UnstyledButton>
  );
}
