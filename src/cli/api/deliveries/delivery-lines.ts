import type { Answer } from '../../../contract/operation.ts';
import type { Operations } from '../../../contract/operations.ts';
import type { Paint } from '../../colors.ts';
import { agoText, durationText, printable } from '../../printable.ts';
import { fieldLines } from '../../table.ts';

export type Delivery = Answer<Operations['getDelivery']>;
type Attempt = Delivery['attempts'][number];

/** A delivery in full: what it is, and its attempts one after the other, in words. */
export function deliveryLines(delivery: Delivery, paint: Paint): readonly string[] {
  const { id, destination, event, replay, state, reason, attempts, nextAttemptAt } = delivery;
  const tone = state === 'delivered' ? 'good' : state === 'dead' ? 'bad' : 'quiet';
  return [
    ...fieldLines(
      [
        ['id', printable(id)],
        ['destination', printable(destination)],
        ['event', printable(event)],
        ['replay', replay === null ? null : printable(replay)],
        ['state', `${paint(tone, state)}${reason === null ? '' : ` (${printable(reason)})`}`],
      ],
      paint,
    ),
    '',
    ...attempts.flatMap((attempt, index) => attemptLines(attempt, attempts[index - 1], paint)),
    ...(nextAttemptAt === null ? [] : [`next attempt ${agoText(nextAttemptAt)}, at ${nextAttemptAt}`]),
    ...(state === 'dead' ? [`try it again: sluice retry ${printable(id)}`] : []),
  ];
}

function attemptLines(attempt: Attempt, before: Attempt | undefined, paint: Paint): readonly string[] {
  const { number, at, durationMs, outcome, status, error, endpoint, response, timing } = attempt;
  const waitedMs = before === undefined ? 0 : Date.parse(at) - Date.parse(before.at) - before.durationMs;
  const wait = waitedMs < 1 ? '' : `, after a wait of ${durationText(waitedMs)}`;
  const tone = outcome === 'succeeded' ? 'good' : outcome === 'skipped' ? 'quiet' : 'bad';
  if (outcome === 'skipped') return [`${at}  ${paint(tone, 'not needed')} at ${printable(endpoint, 200)}`];
  const answer = status === null ? 'no answer' : `answered ${status}`;
  return [
    `${at}  attempt ${number}${wait}: ${paint(tone, outcome)}, ${answer} in ${durationText(durationMs)}`,
    `  ${paint('quiet', printable(endpoint, 200))}`,
    ...(error === null ? [] : [`  ${printable(error.message, 400)}`]),
    ...(timing === null ? [] : [`  ${timingText(timing)}`]),
    ...(response === null || response.body === ''
      ? []
      : [`  it said: ${printable(response.body, 400)}${response.isCut ? ' (cut)' : ''}`]),
  ];
}

const PHASES = { dnsMs: 'name', connectMs: 'connection', tlsMs: 'TLS', waitMs: 'wait', readMs: 'answer' } as const;

function timingText(timing: NonNullable<Attempt['timing']>): string {
  return Object.entries(PHASES)
    .flatMap(([phase, words]) => {
      const ms = timing[phase as keyof typeof PHASES];
      return ms === null ? [] : [`${words} ${ms < 10 ? `${ms.toFixed(1)} ms` : durationText(ms)}`];
    })
    .join(', ');
}
