/**
 * The endpoint, in a process of its own: answers every request 200 with nothing in it, and notes for each expected
 * event that it came, how often, and how long after it was sent. Told to hang, it takes requests and answers none; told
 * to be slow, it answers each after that long.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { nowUs, readStamps } from './calls.ts';
import { HttpMessages } from './http-messages.ts';
import { LateAnswers } from './late-answers.ts';
import { answerQuestions } from './party.ts';
import { latencyOf } from './quantile.ts';
import type { Latency } from './quantile.ts';

export type ReceiverQuestion =
  | { readonly kind: 'open' }
  /**
   * Forgets what came so far; from now on the events `first` to `first + count - 1` are counted, each once it came
   * `copies` times.
   */
  | { readonly kind: 'expect'; readonly first: number; readonly count: number; readonly copies: number }
  /** Answers when that many of the expected are there, null: all; or when nothing has come for that long. */
  | { readonly kind: 'await'; readonly events: number | null; readonly quietMs: number }
  /** From now on takes requests and neither answers nor counts them. */
  | { readonly kind: 'hang' }
  /** Answers again, first those that hang and whose senders still wait: these count as come now. */
  | { readonly kind: 'recover' }
  /** From now on answers each request after that long; 0: at once. */
  | { readonly kind: 'answerAfter'; readonly ms: number }
  /** Answers when nothing has come for that long. */
  | { readonly kind: 'quiet'; readonly quietMs: number }
  /** Answers with the time from the coming of one of the expected to that of another, both counted from 1 as they came. */
  | { readonly kind: 'span'; readonly from: number; readonly to: number }
  | { readonly kind: 'report' };

export interface Received {
  readonly port: number;
  /** All since it was told what to expect, whether expected or not. */
  readonly requests: number;
  /** Of all bodies of these, save of those that hung. */
  readonly bodyBytes: number;
  readonly events: number;
  /** Expected events that came more often than they should, counted each time. */
  readonly duplicates: number;
  /** When the last event came that had not come before. */
  readonly lastUs: number;
  readonly lastRequestUs: number;
  readonly latencyMs: Latency;
  /** What `span` asked for; else 0. */
  readonly spanUs: number;
  /** What answers took on average since the receiver was told to be slow. */
  readonly answerMs: number;
}

interface Stamp {
  readonly number: number;
  readonly sentUs: number;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

let port = 0;
let first = 0;
let latenciesUs = new Float64Array(0);
/** How often each of them is still expected. */
let left = new Uint16Array(0);
/** When they came, in the order in which they did. */
let cameUs = new Float64Array(0);
let requests = 0;
let bodyBytes = 0;
let events = 0;
let duplicates = 0;
let lastUs = 0;
let lastRequestUs = 0;
let awaited = 0;
let onAwaited: (() => void) | null = null;
let isHanging = false;
/** Per connection the requests that hang, of each the events in it. */
const held = new Map<Socket, Stamp[][]>();
const late = new LateAnswers(OK);

answerQuestions(async (question: ReceiverQuestion): Promise<Received> => {
  switch (question.kind) {
    case 'open':
      port = await listen();
      break;
    case 'expect':
      expect(question);
      break;
    case 'await':
      await come(question.events ?? latenciesUs.length, question.quietMs);
      break;
    case 'hang':
      isHanging = true;
      break;
    case 'recover':
      recover();
      break;
    case 'answerAfter':
      late.afterMs = question.ms;
      break;
    case 'quiet':
      await quiet(question.quietMs);
      break;
    case 'span':
      return { ...report(), spanUs: spanUsOf(question.from, question.to) };
    case 'report':
      break;
  }
  return report();
});

async function listen(): Promise<number> {
  const server = createServer({ noDelay: true }, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function serve(socket: Socket): void {
  const messages = new HttpMessages();
  // The program under test may be stopped while its connections are open.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => held.delete(socket));
  socket.on('data', (bytes) => {
    const atUs = nowUs();
    lastRequestUs = atUs;
    let answers = '';
    messages.push(bytes as Buffer, (message, bodyAt) => {
      if (isHanging) {
        hold(socket, message, bodyAt);
        return;
      }
      requests += 1;
      bodyBytes += message.length - bodyAt;
      readStamps(message, bodyAt, (number, sentUs) => {
        note(number, sentUs, atUs);
      });
      if (late.areAsked) late.add(socket, atUs);
      else answers += OK;
    });
    if (answers !== '') socket.write(answers);
  });
}

function hold(socket: Socket, message: Buffer, bodyAt: number): void {
  const stamps: Stamp[] = [];
  readStamps(message, bodyAt, (number, sentUs) => stamps.push({ number, sentUs }));
  const requestsHeld = held.get(socket);
  if (requestsHeld === undefined) held.set(socket, [stamps]);
  else requestsHeld.push(stamps);
}

function recover(): void {
  isHanging = false;
  const atUs = nowUs();
  for (const [socket, requestsHeld] of held) {
    requests += requestsHeld.length;
    for (const { number, sentUs } of requestsHeld.flat()) note(number, sentUs, atUs);
    socket.write(OK.repeat(requestsHeld.length));
  }
  held.clear();
}

function note(number: number, sentUs: number, atUs: number): void {
  const index = number - first;
  if (index < 0 || index >= latenciesUs.length) return;
  const expected = left[index] ?? 0;
  if (expected === 0) {
    duplicates += 1;
    return;
  }
  left[index] = expected - 1;
  if (expected > 1) return;
  latenciesUs[index] = atUs - sentUs;
  cameUs[events] = atUs;
  events += 1;
  lastUs = atUs;
  if (events === awaited) onAwaited?.();
}

function expect({ first: from, count, copies }: Extract<ReceiverQuestion, { kind: 'expect' }>): void {
  first = from;
  left = new Uint16Array(count).fill(copies);
  latenciesUs = new Float64Array(count).fill(NaN);
  cameUs = new Float64Array(count).fill(NaN);
  requests = 0;
  bodyBytes = 0;
  events = 0;
  duplicates = 0;
  lastUs = 0;
}

async function come(count: number, quietMs: number): Promise<void> {
  if (events >= count) return;
  awaited = count;
  const askedUs = nowUs();
  await new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      if (nowUs() - Math.max(askedUs, lastRequestUs) > quietMs * 1_000) onAwaited?.();
    }, quietMs / 20);
    onAwaited = () => {
      clearInterval(watch);
      onAwaited = null;
      resolve();
    };
  });
}

async function quiet(quietMs: number): Promise<void> {
  const askedUs = nowUs();
  await new Promise<void>((resolve) => {
    const watch = setInterval(() => {
      if (nowUs() - Math.max(askedUs, lastRequestUs) <= quietMs * 1_000) return;
      clearInterval(watch);
      resolve();
    }, quietMs / 20);
  });
}

function spanUsOf(from: number, to: number): number {
  return (cameUs[to - 1] ?? NaN) - (cameUs[from - 1] ?? NaN);
}

function report(): Received {
  const came = latenciesUs.filter((value) => !Number.isNaN(value));
  return {
    ...{ port, requests, bodyBytes, events, duplicates, lastUs, lastRequestUs },
    ...{ latencyMs: latencyOf(came), spanUs: 0, answerMs: late.meanMs },
  };
}
