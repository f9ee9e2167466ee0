import type { Exchange } from '../../domain/attempt.ts';
import { assert } from '../../lib/assert.ts';
import { TurnGathering } from '../../lib/turn-gathering.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { OpenWebhookSender, WebhookRequest, WebhookSender, WebhookTarget } from '../../ports/webhook-sender.ts';
import {
  HeardHeaders,
  isEnded,
  packSend,
  type SenderAnswer,
  type SenderAsk,
  unpackEnded,
  type Waiting,
} from './sender-messages.ts';
import { closedBefore } from './sender.ts';
import { type Busy, chooseThread } from './thread-choice.ts';

/** The end of a channel at whose other end a sender thread serves senders (`serveSenders`). */
export interface AskingPort {
  postMessage(ask: SenderAsk): void;
  on(event: 'message', listener: (answer: SenderAnswer) => void): unknown;
}

/**
 * The sender that has others send, each in a thread of its own: rendering, signing, connections, deadlines and responses
 * are theirs. When to send what, and what comes of it, stays with whoever calls it. Deadlines begin when a request has
 * reached its thread.
 *
 * @param ports of the sender threads, one each; one that fails is its starter's to tell
 */
export function makeOpenThreadedSender(
  ports: readonly AskingPort[],
  ambient: Pick<Ambient, 'soon'>,
): OpenWebhookSender {
  const threads = ports.map((port) => new SenderThread(port, ambient));
  let opened = 0;
  return (target) => {
    opened += 1;
    return new ThreadedSender(opened, target, threads);
  };
}

/** One endpoint's senders in the threads, opened as they are needed. */
class ThreadedSender implements WebhookSender {
  readonly #number: number;
  readonly #target: WebhookTarget;
  readonly #threads: readonly SenderThread[];
  readonly #home: number;
  readonly #places: (Place | undefined)[] = [];
  #closing: Promise<unknown> | null = null;

  constructor(number: number, target: WebhookTarget, threads: readonly SenderThread[]) {
    this.#number = number;
    this.#target = target;
    this.#threads = threads;
    this.#home = number % threads.length;
  }

  // Not async, since each function that is costs every attempt a promise.
  // eslint-disable-next-line @typescript-eslint/promise-function-async
  send(request: WebhookRequest): Promise<Exchange> {
    if (this.#closing !== null) return closedBefore();
    const chosen = chooseThread(this.#home, this.#places[this.#home]?.inFlight ?? 0, this.#threads);
    const place = (this.#places[chosen] ??= this.#openIn(chosen));
    return new Promise((resolve) => {
      place.send(request, resolve);
    });
  }

  async close(): Promise<void> {
    this.#closing ??= Promise.all(this.#places.map(async (place) => place?.close()));
    await this.#closing;
  }

  #openIn(index: number): Place {
    const thread = this.#threads[index];
    assert(thread !== undefined, 'a request goes to a thread that there is');
    return new Place(this.#number, this.#target, thread);
  }
}

/** One endpoint's sender in one thread. */
class Place {
  inFlight = 0;
  readonly #heard = new HeardHeaders();
  readonly #number: number;
  readonly #thread: SenderThread;

  constructor(number: number, target: WebhookTarget, thread: SenderThread) {
    this.#number = number;
    this.#thread = thread;
    thread.open(number, target);
  }

  send(request: WebhookRequest, resolve: Waiting['resolve']): void {
    this.inFlight += 1;
    this.#thread.send(this.#number, request, { place: this, heard: this.#heard, resolve });
  }

  async close(): Promise<void> {
    return this.#thread.close(this.#number);
  }
}

interface WaitingAt extends Waiting {
  readonly place: Place;
}

/** A sender thread, as whoever asks it has it. What is asked in one turn of the event loop goes in one message. */
class SenderThread implements Busy {
  readonly #port: AskingPort;
  readonly #waiting = new Map<number, WaitingAt>();
  /** By the sender that is being closed. */
  readonly #closing = new Map<number, () => void>();
  readonly #sends: TurnGathering<string | number>;
  #requests = 0;

  constructor(port: AskingPort, ambient: Pick<Ambient, 'soon'>) {
    this.#port = port;
    this.#sends = new TurnGathering(ambient, (sends) => {
      port.postMessage(sends);
    });
    port.on('message', (answer) => {
      if (isEnded(answer)) unpackEnded(answer, (number) => this.#take(number));
      else this.#closed(answer.sender);
    });
  }

  get inFlight(): number {
    return this.#waiting.size;
  }

  open(sender: number, target: WebhookTarget): void {
    this.#port.postMessage({ kind: 'open', sender, target });
  }

  send(sender: number, request: WebhookRequest, waiting: WaitingAt): void {
    const number = (this.#requests += 1);
    this.#waiting.set(number, waiting);
    packSend(this.#sends.open(), sender, number, request);
  }

  /** Resolves when its last connection there has ended. */
  async close(sender: number): Promise<void> {
    this.#sends.flush();
    return new Promise((resolve) => {
      this.#closing.set(sender, resolve);
      this.#port.postMessage({ kind: 'close', sender });
    });
  }

  #take(number: number): Waiting {
    const waiting = this.#waiting.get(number);
    assert(waiting !== undefined, 'each request is answered once');
    this.#waiting.delete(number);
    waiting.place.inFlight -= 1;
    return waiting;
  }

  #closed(sender: number): void {
    this.#closing.get(sender)?.();
    this.#closing.delete(sender);
  }
}
