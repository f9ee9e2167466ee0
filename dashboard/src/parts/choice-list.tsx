import { UnstyledButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';

export interface ChoiceListProps<Entry> {
  /** Names the list. */
  readonly what: string;
  readonly entries: readonly Entry[];
  readonly keyOf: (entry: Entry) => string;
  /** Of each line; all are as tall. */
  readonly linePx: number;
  readonly line: (entry: Entry) => ReactNode;
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}

/** A list of any length, one entry of which can be chosen. Only what can be seen is made. */
export function ChoiceList<Entry>({ what, entries, keyOf, linePx, line, chosen, onChoose }: ChoiceListProps<Entry>) {
  const scroll = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised by a compiler
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => linePx,
    overscan: 10,
    getItemKey: (index) => {
      const entry = entries[index];
      return entry === undefined ? index : keyOf(entry);
    },
  });
  return (
    <div
      ref={scroll}
      tabIndex={0}
      role="region"
      aria-label={what}
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
          const entry = entries[index];
          if (entry === undefined) return null;
          const isChosen = keyOf(entry) === chosen;
          return (
            <li
              key={key}
              style={{
                ...{ position: 'absolute', top: 0, left: 0, right: 0, height: linePx },
                transform: `translateY(${start}px)`,
              }}
            >
              <UnstyledButton
                w="100%"
                h={linePx}
                px="sm"
                aria-pressed={isChosen}
                onClick={() => {
                  onChoose(keyOf(entry));
                }}
                style={{
                  borderBottom: '1px solid var(--line)',
                  ...(isChosen ? { boxShadow: 'inset 3px 0 0 var(--mantine-primary-color-filled)' } : {}),
                }}
              >
                {line(entry)}
              </UnstyledButton>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
