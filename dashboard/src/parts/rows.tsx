import { Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { CSSProperties, ReactNode } from 'react';
import { useEffect, useRef } from 'react';
import classes from './rows.module.css';

export interface Column<Entry> {
  readonly name: string;
  /** Of the grid: `120px`, `2fr`. */
  readonly width: string;
  readonly cell: (entry: Entry) => ReactNode;
}

export interface RowsProps<Entry> {
  /** Names the table. */
  readonly what: string;
  readonly columns: readonly Column<Entry>[];
  readonly entries: readonly Entry[];
  readonly keyOf: (entry: Entry) => string;
  /** Asked for when the end comes into sight. */
  readonly onEnd?: (() => void) | undefined;
  /** Stands below the last row: that there is more, or no more. */
  readonly foot?: ReactNode;
  readonly height?: number | string;
}

/** Before it is measured. */
const ROW_PX = 42;

/** A table of any length, of which only what can be seen is made. On a narrow page a row is a card of its cells. */
export function Rows<Entry>({ what, columns, entries, keyOf, onEnd, foot, height = '60vh' }: RowsProps<Entry>) {
  const scroll = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised by a compiler
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    getItemKey: (index) => {
      const entry = entries[index];
      return entry === undefined ? index : keyOf(entry);
    },
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= entries.length - 10) onEnd?.();
  }, [last, entries.length, onEnd]);
  const template = { '--columns': columns.map(({ width }) => width).join(' ') } as CSSProperties;
  return (
    <div className={classes['box']}>
      <div
        className={classes['scroll']}
        style={{ maxHeight: height }}
        ref={scroll}
        tabIndex={0}
        role="region"
        aria-label={what}
      >
        <div role="table" aria-label={what} aria-rowcount={entries.length + 1}>
          <div role="rowgroup">
            <div role="row" aria-rowindex={1} className={classes['head']} style={template}>
              {columns.map(({ name }) => (
                <div key={name} role="columnheader" className={classes['cell']}>
                  {name}
                </div>
              ))}
            </div>
          </div>
          <div role="rowgroup" className={classes['body']} style={{ height: virtual.getTotalSize() }}>
            {shown.map(({ index, key, start }) => {
              const entry = entries[index];
              if (entry === undefined) return null;
              return (
                <div
                  key={key}
                  ref={virtual.measureElement}
                  data-index={index}
                  role="row"
                  aria-rowindex={index + 2}
                  className={classes['entry']}
                  style={{ ...template, transform: `translateY(${start}px)` }}
                >
                  {columns.map(({ name, cell }) => (
                    <div key={name} role="cell" className={classes['cell']} data-name={name}>
                      {cell(entry)}
                    </div>
                  ))}
                </div>
              );
            })}
          </div>
        </div>
      </div>
      {foot !== undefined && (
        <Text size="sm" c="var(--quiet)" px={14} py={8} component="div">
          {foot}
        </Text>
      )}
    </div>
  );
}
