import { setImmediate } from 'node:timers/promises';
import type { ListenMessage } from '../../../contract/client.ts';
import type { Remote } from '../api-command.ts';
import { lasting, type StreamConnection } from '../lasting.ts';
import { tellAnswer } from './answers.ts';
import { type CarriedRequest, type Exchange, Exchanges } from './exchanges.ts';
import { forward, type Forwarded } from './forward.ts';

export interface ListeningOptions {
  readonly remote: Remote;
  readonly name: string;
  readonly to: URL;
  readonly isInsecure: boolean;
  readonly signal: AbortSignal;
  readonly onExchange: (exchange: Exchange) => void;
  readonly onLate: (exchange: Exchange) => void;
  /** It listens, for the first time or again. */
  readonly onThere: () => void;
}

/** What is left for the answer's way back. */
const MARGIN_MS = 500;
/** Answers of this process that Sluice may ask for once more, after a connection that broke. */
const ANSWERED_MAX = 1_000;

/**
 * Takes requests to a listener, has the program answer them, and tells Sluice. One that is told twice, because the
 * connection broke before its answer arrived, reaches the program once.
 */
export class Listening {
  readonly #options: ListeningOptions;
  readonly #exchanges = new Exchanges();
  /** By exchange id: under way, or answered. */
  readonly #answers = new Map<string, Promise<Forwarded>>();
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly error: Error } | null = null;

  constructor(options: ListeningOptions) {
    this.#options = options;
  }

  /** Ends when the signal does, once what is under way was answered. @returns whether another program took its place */
  async run(): Promise<boolean> {
    const { remote, signal, onThere } = this.#options;
    for await (const message of lasting(remote, (connection) => this.#messages(connection), signal)) {
      if (this.#failure !== null) throw this.#failure.error;
      if (message.kind === 'replaced') return true;
      if (message.kind === 'listening') onThere();
      if (message.kind === 'request') this.#take(message.data);
    }
    await Promise.allSettled(this.#underWay);
    if (this.#failure !== null) throw this.#failure.error;
    return false;
  }

  async *#messages({ signal, heard }: StreamConnection): AsyncGenerator<ListenMessage, void> {
    const { remote, name } = this.#options;
    for await (const message of remote.client.listen({ params: { name }, signal })) {
      heard();
      yield message;
    }
  }

  /** Sends one again, to the program alone. */
  async again(number: number | null): Promise<Exchange | null> {
    const before = this.#exchanges.find(number);
    if (before === undefined) return null;
    const atMs = Date.now();
    const forwarded = await this.#forward(before.request, before.request.timeoutMs);
    return { ...before, atMs, forwarded, isAgain: true };
  }

  find(number: number | null): Exchange | undefined {
    return this.#exchanges.find(number);
  }

  #take(request: CarriedRequest): void {
    const task = this.#answer(request)
      .catch((error: unknown) => {
        this.#failure ??= { error: error instanceof Error ? error : new Error(String(error)) };
      })
      .finally(() => this.#underWay.delete(task));
    this.#underWay.add(task);
  }

  async #answer(request: CarriedRequest): Promise<void> {
    const { remote, name, onExchange, onLate } = this.#options;
    const untilMs = performance.now() + request.timeoutMs;
    const known = this.#answers.get(request.id);
    const atMs = Date.now();
    const answering = known ?? this.#forward(request, request.timeoutMs - MARGIN_MS);
    this.#answers.set(request.id, answering);
    const forwarded = await answering;
    const told = await tellAnswer(remote.client, name, { id: request.id, forwarded, untilMs });
    this.#forget();
    if (known !== undefined) return;
    const exchange = this.#exchanges.keep(request, atMs, forwarded);
    onExchange(exchange);
    if (!told) onLate(exchange);
    await setImmediate();
  }

  async #forward({ method, headers, body }: CarriedRequest, timeoutMs: number): Promise<Forwarded> {
    const { to, isInsecure } = this.#options;
    return forward(to, { method, headers, body }, { timeoutMs: Math.max(1, timeoutMs), isInsecure });
  }

  #forget(): void {
    for (const id of this.#answers.keys()) {
      if (this.#answers.size <= ANSWERED_MAX) return;
      this.#answers.delete(id);
    }
  }
}
