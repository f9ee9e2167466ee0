import { Badge, Group, Text } from '@mantine/core';
import { formatBytes } from '../../format.ts';
import { ChoiceList } from '../../parts/choice-list.tsx';
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

/** What came, newest first. */
export function RequestList({ bin, requests, secret, chosen, onChoose }: RequestListProps) {
  return (
    <ChoiceList
      what="Requests, newest first"
      entries={requests}
      keyOf={({ id }) => id}
      linePx={LINE_PX}
      line={(request) => <Line bin={bin} request={request} secret={secret} />}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
}

function Line({ bin, request, secret }: Pick<RequestListProps, 'bin' | 'secret'> & { readonly request: Captured }) {
  const { method, at, body, bodyBase64, bytes } = request;
  const { state, words } = answerWords(request);
  return (
    <>
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
    </>
  );
}
