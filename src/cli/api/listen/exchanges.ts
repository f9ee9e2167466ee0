import type { ListenMessage } from '../../../contract/client.ts';
import { isJsonObject } from '../../../lib/json-object.ts';
import type { Paint } from '../../colors.ts';
import { clockTime, durationText, printable } from '../../printable.ts';
import { answerIn, type Forwarded } from './forward.ts';

export type CarriedRequest = Extract<ListenMessage, { readonly kind: 'request' }>['data'];

/** One request and what came of it, as it is shown and sent again. */
export interface Exchange {
  /** From 1, as they came. */
  readonly number: number;
  readonly request: CarriedRequest;
  readonly atMs: number;
  readonly forwarded: Forwarded;
  /** Sent again by hand: Sluice is not told of it. */
  readonly isAgain: boolean;
}

/** As many as one looks back on. */
const KEPT_MAX = 100;

/** The newest exchanges, to be looked at and sent again. */
export class Exchanges {
  readonly #kept = new Map<number, Exchange>();
  #numbers = 0;

  keep(request: CarriedRequest, atMs: number, forwarded: Forwarded): Exchange {
    const exchange = { number: ++this.#numbers, request, atMs, forwarded, isAgain: false };
    this.#kept.set(exchange.number, exchange);
    this.#kept.delete(exchange.number - KEPT_MAX);
    return exchange;
  }

  /** The one with this number, or the newest; undefined where it is not kept. */
  find(number: number | null): Exchange | undefined {
    return this.#kept.get(number ?? this.#numbers);
  }
}

/** A line about it: `#3 12:03:11.042 track "Order Completed"  user u1  → 200 in 12 ms`. */
export function exchangeLine({ number, request, atMs, forwarded, isAgain }: Exchange, paint: Paint): string {
  const what = subjectOf(request.body);
  const took = durationText(forwarded.durationMs);
  const again = isAgain ? ' again' : '';
  return `#${number}${again} ${clockTime(atMs)} ${what}  → ${answerText(forwarded, paint)} in ${took}  ${paint('quiet', printable(request.webhookId))}`;
}

function answerText(forwarded: Forwarded, paint: Paint): string {
  if ('error' in forwarded) return paint('bad', printable(forwarded.error.message, 200));
  const isFine = forwarded.status >= 200 && forwarded.status <= 299;
  return paint(isFine ? 'good' : 'bad', String(forwarded.status));
}

function subjectOf(body: string): string {
  const parsed = parsedOf(body);
  if (Array.isArray(parsed)) return `batch of ${parsed.length}`;
  if (!isJsonObject(parsed)) return 'a body that is no JSON';
  const { type, event, name, userId, anonymousId } = parsed;
  const called = event ?? name;
  const who = userId ?? anonymousId;
  return [
    printable(String(type)),
    ...(typeof called === 'string' ? [`"${printable(called)}"`] : []),
    ...(typeof who === 'string' ? [` user ${printable(who)}`] : []),
  ].join(' ');
}

function parsedOf(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}

/** All of it, line by line: the request as it was sent, and the answer. */
export function exchangeDetails({ request, forwarded }: Exchange, paint: Paint): readonly string[] {
  const headers = request.headers.map(({ name, value }) => `  ${printable(name, 200)}: ${printable(value, 500)}`);
  const answer =
    'error' in forwarded
      ? [`  ${printable(forwarded.error.message, 500)}`]
      : [
          `  ${forwarded.status}`,
          ...Object.entries(forwarded.headers).map(([name, value]) => `  ${printable(name)}: ${printable(value, 500)}`),
          ...bodyLines(forwarded.body),
        ];
  return [
    paint('quiet', request.method),
    ...headers,
    ...bodyLines(request.body),
    paint('quiet', 'answered'),
    ...answer,
  ];
}

/** More than a screen of it helps nobody. */
const BODY_LINES_MAX = 60;

function bodyLines(body: string): readonly string[] {
  if (body === '') return [];
  const parsed = parsedOf(body);
  const text = parsed === null ? body : JSON.stringify(parsed, null, 2);
  const lines = text.split('\n');
  const shown = lines.slice(0, BODY_LINES_MAX).map((line) => `  ${printable(line, 500)}`);
  return lines.length > BODY_LINES_MAX ? [...shown, `  … ${lines.length - BODY_LINES_MAX} more lines`] : shown;
}

/** The same for a program. */
export function exchangeRecord({ number, request, atMs, forwarded, isAgain }: Exchange): object {
  const { webhookId, method, headers, body } = request;
  return {
    ...{ number, isAgain, at: new Date(atMs).toISOString(), webhookId, method, headers, body },
    durationMs: Math.round(forwarded.durationMs),
    answer: answerIn(forwarded),
  };
}
