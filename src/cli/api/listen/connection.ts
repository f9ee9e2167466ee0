import { setTimeout as wait } from 'node:timers/promises';
import { ApiError, type Client, type ListenMessage } from '../../../contract/client.ts';
import { unreached } from '../unreached.ts';
import type { Target } from '../target.ts';

/** A message comes every 15 s at least: two of them missing is a connection that is dead. */
const SILENT_MS = 40_000;
const WAIT_FIRST_MS = 250;
const WAIT_MAX_MS = 10_000;

export interface Connection {
  readonly client: Client;
  readonly target: Target;
  readonly name: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** It is there, for the first time or again. */
  readonly onThere: (isAgain: boolean) => void;
  /** It broke, and is tried again. */
  readonly onLost: (reason: string) => void;
}

/**
 * What is told to a listener, over as many connections as it takes: one that breaks, or says nothing for too long, is
 * opened again, after waits that double. Ends when `signal` does. Throws what no other connection would mend: an answer of
 * Sluice that refuses it.
 */
export async function* messagesTo(connection: Connection): AsyncGenerator<ListenMessage, void> {
  const { client, name, signal, onThere, onLost, target } = connection;
  let waitMs = WAIT_FIRST_MS;
  let isAgain = false;
  while (!signal.aborted) {
    const watchdog = new Watchdog(signal);
    try {
      for await (const message of client.listen({ params: { name }, signal: watchdog.signal })) {
        watchdog.heard();
        if (message.kind === 'listening' && waitMs !== 0) {
          onThere(isAgain);
          isAgain = true;
          waitMs = 0;
        }
        yield message;
      }
      onLost(watchdog.isSilent ? 'it said nothing any more' : 'it was closed');
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && !isPassing(error)) throw error;
      // Before it was ever there, whoever started it sees at once what is wrong.
      if (!isAgain && error instanceof TypeError) throw error;
      onLost(watchdog.isSilent ? 'it said nothing any more' : reasonOf(error, target));
    } finally {
      watchdog.end();
    }
    waitMs = Math.min(WAIT_MAX_MS, Math.max(WAIT_FIRST_MS, waitMs * 2));
    // Not all at once after a restart.
    await wait(waitMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
  }
}

/** A Sluice that is just being restarted, or a proxy before one. */
function isPassing({ status }: ApiError): boolean {
  return status === 429 || status >= 500;
}

function reasonOf(error: unknown, target: Target): string {
  if (error instanceof TypeError && error.cause !== undefined) return unreached(error.cause, target).message;
  return error instanceof Error ? error.message : String(error);
}

/** Ends a connection that says nothing for too long. */
class Watchdog {
  readonly signal: AbortSignal;
  readonly #silent = new AbortController();
  #timer: NodeJS.Timeout;

  constructor(signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#silent.signal]);
    this.#timer = this.#start();
  }

  get isSilent(): boolean {
    return this.#silent.signal.aborted;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#silent.abort();
    }, SILENT_MS);
  }
}
