import { Group, Stack, Text, Timeline } from '@mantine/core';
import type { Answered } from '../../api.ts';
import { curlOf } from '../../curl.ts';
import { formatSpan } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { Code, Json } from '../../parts/code.tsx';
import { CopyAs } from '../../parts/copy.tsx';
import { Explanation, shownCode } from '../../parts/explained.tsx';
import { OutLink } from '../../parts/links.tsx';
import { State } from '../../parts/state.tsx';
import { TimingBar } from '../../parts/timing.tsx';
import { When } from '../../parts/when.tsx';

type Attempt = Answered<'getDelivery'>['attempts'][number];

export interface AttemptsProps {
  readonly attempts: readonly Attempt[];
  readonly nextAttemptAt: string | null;
  /** Of the event; undefined while it is not known. */
  readonly body: unknown;
  readonly method: string;
}

const BULLETS = { succeeded: 'done', failed: 'again', rejected: 'close', skipped: 'next' } as const;

/** What was tried, in the order of time, and what comes next. */
export function Attempts({ attempts, nextAttemptAt, body, method }: AttemptsProps) {
  const inTime = [...attempts].sort((a, b) => a.at.localeCompare(b.at) || a.number - b.number);
  return (
    <Timeline bulletSize={26} lineWidth={2} active={inTime.length}>
      {inTime.map((attempt) => (
        <Timeline.Item
          key={`${attempt.at} ${attempt.endpoint} ${attempt.number}`}
          bullet={<Icon name={BULLETS[attempt.outcome]} size={14} />}
          title={`Attempt ${attempt.number}`}
        >
          <AttemptBody attempt={attempt} body={body} method={method} />
        </Timeline.Item>
      ))}
      {nextAttemptAt !== null && (
        <Timeline.Item bullet={<Icon name="clock" size={14} />} title="Next attempt">
          <Text size="sm">
            <When at={nextAttemptAt} />
          </Text>
        </Timeline.Item>
      )}
    </Timeline>
  );
}

interface AttemptBodyProps {
  readonly attempt: Attempt;
  readonly body: unknown;
  readonly method: string;
}

function AttemptBody({ attempt, body, method }: AttemptBodyProps) {
  const { endpoint, at, durationMs, outcome, status, error, timing } = attempt;
  return (
    <Stack gap="xs" miw={0}>
      <Group gap="xs">
        <State state={outcome} />
        {status !== null && <Text size="sm">HTTP {status}</Text>}
        {error !== null && status === null && <Text size="sm">{shownCode(error.code)}</Text>}
        <Text size="sm" c="var(--quiet)">
          <When at={at} />
          {outcome !== 'skipped' && <>, took {formatSpan(durationMs)}</>}
        </Text>
      </Group>
      <Text size="sm" component="div">
        <OutLink url={endpoint} />
      </Text>
      {outcome === 'skipped' ? (
        <Text size="sm">
          It was not made: another endpoint had taken the event already, or this one was held or paused while another
          was asked.
        </Text>
      ) : (
        <>
          {error !== null && <WhatWentWrong error={error} />}
          <TimingBar timing={timing} durationMs={durationMs} />
          <Exchange attempt={attempt} body={body} method={method} />
        </>
      )}
    </Stack>
  );
}

function WhatWentWrong({ error: { code, message } }: { readonly error: NonNullable<Attempt['error']> }) {
  return (
    <>
      <Explanation code={code} />
      {!code.startsWith('http_') && (
        <Text size="xs" c="var(--quiet)" style={{ overflowWrap: 'anywhere' }}>
          {message}
        </Text>
      )}
    </>
  );
}

function Exchange({ attempt: { endpoint, number, request, response }, body, method }: AttemptBodyProps) {
  if (request === null && response === null) {
    return (
      <Text size="xs" c="var(--quiet)">
        Headers and the answer were not kept of this attempt.
      </Text>
    );
  }
  return (
    <details>
      <summary>
        <Text span size="sm">
          Request and response
        </Text>
      </summary>
      <Stack gap="xs" mt="xs">
        {request !== null && (
          <>
            <Group justify="space-between">
              <Text size="sm" fw={600}>
                Request headers
              </Text>
              {body !== undefined && (
                <CopyAs label="Copy as curl" text={curlOf({ url: endpoint, method, headers: request.headers, body })} />
              )}
            </Group>
            <Code text={linesOf(request.headers)} what={`request headers of attempt ${number}`} maxHeight={220} />
          </>
        )}
        {response === null ? (
          <Text size="sm">There was no response.</Text>
        ) : (
          <>
            <Text size="sm" fw={600}>
              Response headers
            </Text>
            <Code text={linesOf(response.headers)} what={`response headers of attempt ${number}`} maxHeight={220} />
            <Text size="sm" fw={600}>
              Response body{response.isCut && ', its first KiB'}
            </Text>
            {response.body === '' ? (
              <Text size="sm">It is empty.</Text>
            ) : (
              <Json value={response.body} what={`response body of attempt ${number}`} maxHeight={260} />
            )}
          </>
        )}
      </Stack>
    </details>
  );
}

function linesOf(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
