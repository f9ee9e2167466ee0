import { Code, Text } from '@mantine/core';
import { ATTEMPT_ERRORS, statusAdvice } from '../../../src/contract/vocabulary.ts';
import { capitalised } from '../format.ts';

export interface Explained {
  readonly meaning: string;
  /** What to do; null where nothing is to be done. */
  readonly advice: string | null;
}

/** Reasons of deliveries that no attempt had. */
const OTHER_REASONS: Readonly<Record<string, Explained>> = {
  event_expired: {
    meaning: 'the log had to forget the event before it was delivered',
    advice: 'raise the retention of the log, or mend the endpoint sooner',
  },
  destination_gone: { meaning: 'the destination was deleted or disabled', advice: null },
  endpoint_removed: { meaning: 'the endpoint was taken out of the destination', advice: null },
  success_changed: { meaning: 'how many endpoints have to take an event was changed', advice: null },
  replay_cancelled: { meaning: 'the replay that it is of was cancelled', advice: null },
};

/** What the code of an error, or `http_` and a status, means; null for one that is not known. */
export function explained(code: string): Explained | null {
  const status = /^http_(\d{3})$/.exec(code)?.[1];
  if (status !== undefined) return statusAdvice(Number(status));
  const errors: Readonly<Record<string, Explained>> = ATTEMPT_ERRORS;
  if (Object.hasOwn(errors, code)) return errors[code] ?? null;
  return Object.hasOwn(OTHER_REASONS, code) ? (OTHER_REASONS[code] ?? null) : null;
}

/** `http_503` as `503` */
export function shownCode(code: string): string {
  return code.replace(/^http_/, 'HTTP ');
}

/** What went wrong and what to do about it. Says nothing of what is not known. */
export function Explanation({ code }: { readonly code: string }) {
  const known = explained(code);
  if (known === null) return null;
  return (
    <Text size="sm" component="div">
      <Marked text={sentence(known.meaning)} />{' '}
      {known.advice !== null && (
        <Text span inherit c="var(--quiet)">
          <Marked text={sentence(known.advice)} />
        </Text>
      )}
    </Text>
  );
}

function sentence(text: string): string {
  return `${capitalised(text)}.`;
}

/** What stands between backticks is code. */
function Marked({ text }: { readonly text: string }) {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <Code key={index}>{part}</Code> : part));
}
