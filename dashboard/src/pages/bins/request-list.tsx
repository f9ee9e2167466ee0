import { Badge, Group, Text, UnstyledButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { formatBytes } from '../../format.ts';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { answerWords, type Captured, pathBelow } from './captured.ts';
import { SignatureMark } from './signatures.tsx';

const LINE_PX = 58;
const EXCERPT_CHARS = 200;

export interface RequestListProps {
  readonly bin: string;
  readonly requests: readonly Captured[];
  readonly secret: string;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

/** What came, newest first; one of them can be chosen. Only what can be seen is made. */
export function RequestList({ requests, ...rest }: RequestListProps) {
  const scroll = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised by a compiler
  const virtual = useVirtualizer({
    count: requests.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => LINE_PX,
    overscan: 10,
    getItemKey: (index) => requests[index]?.id ?? index,
  });
  return (
    <div
      ref={scroll}
      tabIndex={0}
      role="region"
      aria-label="Requests, newest first"
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
          const request = requests[index];
          if (request === undefined) return null;
          return (
            <li
              key={key}
              style={{
                ...{ position: 'absolute', top: 0, left: 0, right: 0, height: LINE_PX },
                transform: `translateY(${start}px)`,
              }}
            >
              <Line request={request} {...rest} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Line({
  bin,
  request,
  secret,
  chosen,
  onChoose,
}: Omit<RequestListProps, 'requests'> & { readonly request: Captured }) {
  const { id, method, at, body, bodyBase64, bytes } = request;
  const isChosen = id === chosen;
  const { state, words } = answerWords(request);
  return (
    <UnstyledButton
      w="100%"
      h={LINE_PX}
      px="sm"
      aria-pressed={isChosen}
      onClick={() => {
        onChoose(id);
      }}
      style={{
        borderBottom: '1px solid var(--line)',
        ...(isChosen ? { boxShadow: 'inset 3px 0 0 var(--mantine-primary-color-filled)' } : {}),
      }}
    >
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Group gap="xs" wrap="nowrap" miw={0} style={{ flex: 1 }}>
          <Badge variant="default" radius="sm" style={{ flexShrink: 0 }}>
            {method}
          </Badge>
          <Text size="sm" fw={600} truncate>
            {pathBelow(request, bin)}
          </Text>
        </Group>
        <Group gap="xs" wrap="nowrap" style={{ flexShrink: 0 }}>
          {secret !== '' && <SignatureMark request={request} secret={secret} />}
          <State state={state} label={String(request.answer)} />
          <Text size="xs" c="var(--quiet)" style={{ flexShrink: 0 }} visibleFrom="sm">
            <When at={at} />
          </Text>
        </Group>
      </Group>
      <Text size="xs" c="var(--quiet)" truncate>
        {words} · {bytes === 0 ? 'no body' : formatBytes(bytes)}
        {bodyBase64 === null && body !== null && body !== '' && ` · ${body.slice(0, EXCERPT_CHARS)}`}
      </Text>
    </UnstyledButton>
  );
}
