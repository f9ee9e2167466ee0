import { setTimeout as wait } from 'node:timers/promises';
import { ApiError } from '../../contract/client.ts';
import { note } from '../output.ts';
import { printable } from '../printable.ts';
import type { Remote } from './api-command.ts';
import { failureOf } from './failures.ts';

/** A stream says something every 15 seconds; one that is silent for so long is not there any more. */
const SILENT_MS = 45_000;
const WAIT_FIRST_MS = 250;
const WAIT_MAX_MS = 10_000;

/** One connection of a stream. */
export interface StreamConnection {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** To be called whenever something comes, be it no message. */
  readonly heard: () => void;
}

/**
 * Messages of a stream over as many connections as it takes: one that is lost, or falls silent, is opened again after a
 * wait that doubles, and both are said. Ends when `signal` does.
 *
 * @param open goes on where the connection before it ended, where that can be
 * @throws what the first connection came to, and later what no other attempt would help with
 */
export async function* lasting<Message>(
  remote: Remote,
  open: (connection: StreamConnection) => AsyncIterable<Message>,
  signal?: AbortSignal,
): AsyncGenerator<Message, void> {
  const state = { wasThere: false, failures: 0 };
  const isEnded = (): boolean => signal?.aborted === true;
  for (; !isEnded(); state.failures += 1) {
    const over = new AbortController();
    let silence: NodeJS.Timeout | undefined;
    const heard = (): void => {
      if (state.failures > 0) note('connected again');
      Object.assign(state, { wasThere: true, failures: 0 });
      clearTimeout(silence);
      silence = setTimeout(() => {
        over.abort(new Error('nothing came for too long'));
      }, SILENT_MS);
    };
    try {
      const both = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
      yield* open({ signal: both, heard });
      if (state.failures === 0 && !isEnded()) note('Sluice ended the stream; connecting again');
    } catch (error) {
      if (isEnded()) return;
      if (!state.wasThere || isLasting(error)) throw error;
      if (state.failures === 0) note(`the connection was lost (${await reasonOf(error, remote)}); connecting again`);
    } finally {
      clearTimeout(silence);
      over.abort();
    }
    const waitMs = Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** state.failures);
    // Not all at once after a restart.
    await wait(waitMs * (0.5 + Math.random() / 2), undefined, signal === undefined ? {} : { signal }).catch(
      () => undefined,
    );
  }
}

/** Another attempt would come to the same. */
function isLasting(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

async function reasonOf(error: unknown, remote: Remote): Promise<string> {
  const failure = await failureOf(error, remote);
  return printable(failure instanceof Error ? failure.message : String(failure), 200);
}
