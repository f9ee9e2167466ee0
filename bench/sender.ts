/**
 * The library's side, in a process of its own: raw connections that are kept alive, one call at a time on each,
 * requests rendered once. Either a closed loop (each answer sends that connection's next call) or a fixed rate.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { nowUs, renderCall, stamp } from './calls.ts';
import type { RenderedCall } from './calls.ts';
import { HttpMessages } from './http-messages.ts';
import { answerQuestions } from './party.ts';
import { latencyOf } from './quantile.ts';
import type { Latency } from './quantile.ts';

export interface SendJob {
  readonly url: string;
  /** Taken in turns, call by call. */
  readonly writeKeys: readonly string[];
  /** Number of the first event. */
  readonly first: number;
  readonly events: number;
  /** 1: single calls; more: batches. */
  readonly eventsPerCall: number;
  readonly connections: number;
  /** Calls per second; null: each as soon as the one before it was answered. */
  readonly callsPerSecond: number | null;
}

export interface Sent {
  readonly firstUs: number;
  readonly lastAnswerUs: number;
  /** From sending to the whole answer; at a fixed rate from when the call was due. */
  readonly answerMs: Latency;
}

answerQuestions(send);

/** Rejects when an answer is not 200 or a connection ends: such a run measures nothing. */
async function send(job: SendJob): Promise<Sent> {
  const connections = await Promise.all(
    Array.from({ length: job.connections }, async (_, index) => Connection.open(job, keysOf(job, index))),
  );
  try {
    const run = new Run(job, connections);
    return await run.done;
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** The write keys of one connection: all, or where there are more than connections its part of them. */
function keysOf({ writeKeys, connections }: SendJob, connection: number): readonly string[] {
  if (writeKeys.length < connections) return writeKeys;
  return writeKeys.filter((_, index) => index % connections === connection);
}

/** All calls of a job: which is next, which are due and wait for a connection, and when all are answered. */
class Run {
  readonly done: Promise<Sent>;
  readonly #job: SendJob;
  readonly #calls: number;
  readonly #answersUs: Float64Array;
  readonly #startUs = nowUs();
  readonly #idle: Connection[];
  #started = 0;
  #answered = 0;
  #resolve: (sent: Sent) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(job: SendJob, connections: readonly Connection[]) {
    this.#job = job;
    this.#calls = job.events / job.eventsPerCall;
    this.#answersUs = new Float64Array(this.#calls);
    this.#idle = [...connections];
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    for (const connection of connections) connection.onFailure = this.#reject;
    if (job.callsPerSecond === null) this.#fill(Infinity);
    else this.#tick();
  }

  /** Timers fire at most once a millisecond: each time, all calls are sent that fell due since. */
  #tick(): void {
    this.#fill(nowUs());
    if (this.#started === this.#calls) return;
    setTimeout(() => {
      this.#tick();
    }, 1);
  }

  #fill(untilUs: number): void {
    while (this.#started < this.#calls && this.#dueUs(this.#started) <= untilUs) {
      // In turns, so that none idles until the server takes it for one that never sends.
      const connection = this.#idle.shift();
      if (connection === undefined) return;
      this.#sendNext(connection);
    }
  }

  /** When a call should be sent: a wait for a free connection is the program's doing and counts as its latency. */
  #dueUs(call: number): number {
    const { callsPerSecond } = this.#job;
    return callsPerSecond === null ? 0 : this.#startUs + Math.floor((call * 1e6) / callsPerSecond);
  }

  #sendNext(connection: Connection): void {
    const call = this.#started++;
    const sentUs = this.#job.callsPerSecond === null ? nowUs() : this.#dueUs(call);
    connection.send(this.#job.first + call * this.#job.eventsPerCall, sentUs, () => {
      this.#answersUs[call] = nowUs() - sentUs;
      this.#onAnswer(connection);
    });
  }

  #onAnswer(connection: Connection): void {
    this.#idle.push(connection);
    if (++this.#answered < this.#calls) {
      this.#fill(this.#job.callsPerSecond === null ? Infinity : nowUs());
      return;
    }
    this.#resolve({ firstUs: this.#startUs, lastAnswerUs: nowUs(), answerMs: latencyOf(this.#answersUs) });
  }
}

class Connection {
  onFailure: (error: Error) => void = () => undefined;
  readonly #socket: Socket;
  /** Its own copies: one is written anew only after it was answered, and so after it left. */
  readonly #calls: readonly RenderedCall[];
  #sent = 0;
  readonly #messages = new HttpMessages();
  #onAnswer: () => void = () => undefined;

  static async open(job: SendJob, writeKeys: readonly string[]): Promise<Connection> {
    const url = new URL(job.url);
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    await once(socket, 'connect');
    return new Connection(
      socket,
      writeKeys.map((writeKey) => renderCall(url, writeKey, job.eventsPerCall)),
    );
  }

  constructor(socket: Socket, calls: readonly RenderedCall[]) {
    this.#socket = socket;
    this.#calls = calls;
    socket.on('data', (bytes) => {
      this.#messages.push(bytes as Buffer, (message) => {
        this.#read(message);
      });
    });
    socket.on('error', (error) => {
      this.onFailure(error);
    });
    socket.on('close', () => {
      this.onFailure(new Error('a connection was closed'));
    });
  }

  send(first: number, sentUs: number, onAnswer: () => void): void {
    this.#onAnswer = onAnswer;
    const call = this.#calls[this.#sent++ % this.#calls.length];
    if (call === undefined) throw new Error('a connection has a write key');
    stamp(call, first, sentUs);
    this.#socket.write(call.bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(message: Buffer): void {
    if (message.toString('latin1', 9, 12) === '200') this.#onAnswer();
    else this.onFailure(new Error(`answered ${message.toString('latin1', 0, 400)}`));
  }
}
