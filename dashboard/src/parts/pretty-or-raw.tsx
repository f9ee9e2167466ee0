import { Group, SegmentedControl, Title } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Code, Json } from './code.tsx';

export interface PrettyOrRawProps {
  readonly title: string;
  /** JSON; null where there is nothing of the kind to show. */
  readonly text: string | null;
  /** Names it: `call`. */
  readonly what: string;
  readonly maxHeight: number;
  /** Stands between the title and the text. */
  readonly children?: ReactNode;
}

/** A JSON text under its title, indented or as it is. */
export function PrettyOrRaw({ title, text, what, maxHeight, children }: PrettyOrRawProps) {
  const [form, setForm] = useState('pretty');
  return (
    <>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
          {title}
        </Title>
        {text !== null && (
          <SegmentedControl
            size="xs"
            aria-label="How it is shown"
            data={[
              { value: 'pretty', label: 'Pretty' },
              { value: 'raw', label: 'Raw' },
            ]}
            value={form}
            onChange={setForm}
          />
        )}
      </Group>
      {children}
      {text !== null &&
        (form === 'pretty' ? (
          <Json value={text} what={what} maxHeight={maxHeight} />
        ) : (
          <Code text={text} what={what} maxHeight={maxHeight} />
        ))}
    </>
  );
}
