import { inspect } from 'node:util';
import type { AttemptRecord } from '../domain/attempt.ts';
import type { EventType, NewEvent } from '../domain/event.ts';
import { listenerIn } from '../domain/listener-url.ts';
import type { AttemptReport, EndpointReport, Refusal } from '../ports/telemetry.ts';
import type { Paint } from './colors.ts';
import { clockTime, durationText, printable } from './printable.ts';

/** What a line needs of an event. */
export type ShownEvent = Pick<NewEvent, 'type' | 'name' | 'user' | 'source' | 'messageId' | 'receivedAtMs'>;

/** What a line needs of a refused call. */
export type ShownRefusal = Pick<Refusal, 'atMs' | 'source' | 'reason' | 'type' | 'count' | 'message'>;

/** What a line needs of an attempt. */
export interface ShownAttempt extends Pick<
  AttemptReport,
  'eventId' | 'events' | 'destination' | 'type' | 'name' | 'message' | 'isSplit' | 'retryAtMs'
> {
  readonly attempt: Pick<AttemptRecord, 'endpoint' | 'number' | 'atMs' | 'durationMs' | 'outcome' | 'status'>;
}

/** An event that came in. Its id is null for a duplicate. */
export function acceptedLine(event: ShownEvent, eventId: string | null, paint: Paint): string {
  const from = `source ${printable(event.source)}`;
  const user = event.user === null ? '' : `user ${printable(event.user)}, `;
  const what = subject(event.type, event.name);
  if (eventId === null) {
    const messageId = printable(event.messageId);
    const told = `duplicate of message id ${messageId}: taken before, not delivered again`;
    return `${clockTime(event.receivedAtMs)} ← ${what}  ${user}${from}  ${paint('quiet', told)}`;
  }
  return `${clockTime(event.receivedAtMs)} ← ${what}  ${user}${from}  ${paint('quiet', eventId)}`;
}

/** A call that was refused, and why. */
export function refusedLine({ atMs, source, reason, type, count, message }: ShownRefusal, paint: Paint): string {
  const from = source === null ? '' : `  source ${printable(source)}`;
  const why = `${printable(message, 160)} (${printable(reason)})`;
  const what = count === 1 ? (type ?? 'call') : `batch of ${count}`;
  return `${clockTime(atMs)} ← ${what} ${paint('bad', 'refused')}${from}: ${why}`;
}

/** An attempt that ended, or was never needed, and what comes next. */
export function attemptLine(report: ShownAttempt, paint: Paint): string {
  const { attempt, eventId, events, destination, type, name } = report;
  const what = events === 1 ? subject(type, name) : `batch of ${events}`;
  const endedAtMs = attempt.atMs + attempt.durationMs;
  const to = `${printable(destination)} (${hostOf(attempt.endpoint)})`;
  const ids = paint('quiet', printable(eventId));
  return `${clockTime(endedAtMs)} → ${what}  ${outcomeText(report, to, paint)}  ${ids}`;
}

/** A delivery that no further attempt will be made of. */
export function diedLine(atMs: number, destination: string, eventId: string, reason: string, paint: Paint): string {
  const dead = paint('bad', 'dead');
  return `${clockTime(atMs)} → ${printable(eventId)}  ${dead} at ${printable(destination)}: no attempt is left (${printable(reason)})`;
}

/** Events that were forgotten while a destination still waited for them. */
export function expiredLine(atMs: number, destination: string, count: number, paint: Paint): string {
  const what = paint('bad', `${count} expired`);
  return `${clockTime(atMs)} ! ${what} at ${printable(destination)}: past the retention of the log before they were delivered`;
}

/** An endpoint that gets no attempts for now, or gets them again. */
export function endpointLine(
  atMs: number,
  { destination, endpoint, state, reason }: EndpointReport,
  paint: Paint,
): string {
  const what = paint(state === 'open' ? 'good' : 'bad', state === 'open' ? 'open again' : state);
  const why = reason === null ? '' : ` (${printable(reason)}); its events wait`;
  return `${clockTime(atMs)} ! ${printable(destination)} (${hostOf(endpoint)}) is ${what}${why}`;
}

/** Something that an operator should know. */
export function troubleLine(
  atMs: number,
  what: string,
  details: Readonly<Record<string, unknown>>,
  paint: Paint,
): string {
  const rest = Object.entries(details).map(([key, value]) => `${key} ${printable(textOf(value), 160)}`);
  return `${clockTime(atMs)} ! ${paint('bad', printable(what, 160))}${rest.length > 0 ? `: ${rest.join(', ')}` : ''}`;
}

function outcomeText(report: ShownAttempt, to: string, paint: Paint): string {
  const { outcome, durationMs } = report.attempt;
  switch (outcome) {
    case 'succeeded':
      return `${paint('good', 'delivered')} to ${to}: ${answerText(report)} in ${durationText(durationMs)}`;
    case 'failed':
      return `${paint('bad', 'failed')} at ${to} in ${durationText(durationMs)}: ${answerText(report)}; ${nextText(report)}`;
    case 'rejected':
      return `${paint('bad', 'rejected')} at ${to}: ${answerText(report)}; no retry can help`;
    case 'skipped':
      return `${paint('quiet', 'not needed')} at ${to}: another webhook took it, or this one is held`;
  }
}

function answerText({ attempt: { status, outcome }, message }: ShownAttempt): string {
  const told = message === null ? '' : printable(message, 160);
  if (status === null) return told === '' ? 'no answer' : told;
  if (outcome === 'succeeded' || told === '') return `${status}`;
  return told.includes(String(status)) ? told : `${status}, ${told}`;
}

function nextText({ attempt, retryAtMs, isSplit }: ShownAttempt): string {
  if (isSplit) return 'tried again in halves';
  if (retryAtMs === null) return `attempt ${attempt.number} was the last`;
  const inMs = Math.max(0, retryAtMs - attempt.atMs - attempt.durationMs);
  return `attempt ${attempt.number}, next in ${durationText(inMs)} at ${clockTime(retryAtMs)}`;
}

function subject(type: EventType, name: string | null): string {
  return name === null ? type : `${type} "${printable(name)}"`;
}

/** Nothing else of a URL is shown: the rest is often a secret. */
function hostOf(endpoint: string): string {
  return printable(listenerIn(endpoint) === null ? (URL.parse(endpoint)?.host ?? '?') : endpoint);
}

function textOf(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === 'string' ? value : inspect(value, { breakLength: Infinity });
}
