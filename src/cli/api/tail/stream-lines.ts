import type { StreamMessage } from '../../../contract/client.ts';
import type { Paint } from '../../colors.ts';
import { counted } from '../../printable.ts';
import { acceptedLine, attemptLine, diedLine, refusedLine } from '../../terminal-lines.ts';

type Of<Kind extends StreamMessage['kind']> = Extract<StreamMessage, { readonly kind: Kind }>['data'];

/** A message of the live stream as lines, the same as the terminal of `sluice dev` has them. None for a kind to come. */
export function streamLines(message: StreamMessage, paint: Paint): readonly string[] {
  switch (message.kind) {
    case 'event':
      return [eventLine(message.data, paint)];
    case 'attempt':
      return attemptLines(message.data, paint);
    case 'refused':
      return [refusedLine({ ...message.data, atMs: Date.parse(message.data.at) }, paint)];
    case 'gap':
      return [gapLine(message.data, paint)];
    default:
      // A later version may tell of more.
      message satisfies never;
      return [];
  }
}

function eventLine({ id, type, name, source, messageId, userId, receivedAt, body }: Of<'event'>, paint: Paint): string {
  const anonymous = body['anonymousId'];
  const user = userId ?? (typeof anonymous === 'string' ? anonymous : null);
  return acceptedLine({ type, name, user, source, messageId, receivedAtMs: Date.parse(receivedAt) }, id, paint);
}

function attemptLines(attempt: Of<'attempt'>, paint: Paint): readonly string[] {
  const { event, events, destination, type, name, error, decided, nextAttemptAt, at, durationMs, outcome } = attempt;
  const isSplit = events > 1 && outcome === 'failed' && decided === null && nextAttemptAt === null;
  const line = attemptLine(
    {
      ...{ eventId: event, events, destination, name, isSplit, message: error?.message ?? null },
      type: type as 'track',
      retryAtMs: nextAttemptAt === null ? null : Date.parse(nextAttemptAt),
      attempt: { ...attempt, atMs: Date.parse(at) },
    },
    paint,
  );
  if (decided !== 'dead') return [line];
  return [line, diedLine(Date.parse(at) + durationMs, destination, event, error?.code ?? outcome, paint)];
}

const GAPS: Readonly<Record<Of<'gap'>['reason'], string>> = {
  too_fast: 'more came than is shown',
  not_read: 'this reader was too slow',
  restarted: 'Sluice was restarted meanwhile',
  too_old: 'the connection was lost for too long',
};

/** What is not shown, and how to look it up. */
function gapLine({ reason, counts, from, to }: Of<'gap'>, paint: Paint): string {
  const parts =
    counts === null
      ? []
      : Object.entries({
          event: counted(counts.event, 'event'),
          attempt: counted(counts.attempt, 'attempt'),
          refused: `${counts.refused} refused`,
        }).flatMap(([kind, words]) => (counts[kind as keyof typeof counts] === 0 ? [] : [words]));
  const what = parts.length === 0 ? 'something is not shown' : `${parts.join(', ')} not shown`;
  const times = `${from === null ? '' : ` --from ${from}`}${to === null ? '' : ` --to ${to}`}`;
  return `… ${paint('bad', what)}: ${GAPS[reason]}. Look it up: sluice deliveries list${times}`;
}
