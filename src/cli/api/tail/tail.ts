import { type Command, Option } from 'commander';
import { ApiError, type StreamMessage } from '../../../contract/client.ts';
import type { Call } from '../../../contract/client-calls.ts';
import type { Operations } from '../../../contract/operations.ts';
import { OUTCOMES, type Outcome } from '../../../contract/vocabulary.ts';
import { countOf } from '../../flag-values.ts';
import { note, print, printJsonLine, stdoutPaint } from '../../output.ts';
import { printable } from '../../printable.ts';
import { apiCommand, asking, type Remote } from '../api-command.ts';
import { type EventFilters, withEventFacts } from '../events/event-filters.ts';
import { failureOf, noteUnknown } from '../failures.ts';
import { streamLines } from './stream-lines.ts';
import type { ApiFlags } from '../target.ts';

const EXAMPLES = `
Examples:
  sluice tail                                             all of it, until Ctrl-C
  sluice tail --destination crm --outcome failed          what fails there
  sluice tail --kinds event --user u1                     what comes of this user
  sluice tail --json | jq 'select(.kind == "attempt").data.durationMs'

A connection that is lost is made again, and what was missed is shown, as far as it is kept.
`;

interface TailFlags extends ApiFlags, Omit<EventFilters, 'from' | 'to'> {
  readonly kinds?: string;
  readonly event?: string;
  readonly destination?: string;
  readonly endpoint?: string;
  readonly outcome?: Outcome;
  readonly count?: number;
}

type Query = NonNullable<Call<Operations['watch']>['query']>;

const TRY_AGAIN_MS = [500, 1_000, 2_000, 5_000, 10_000];
/** A stream says something every 15 seconds; one that is silent for so long is not there any more. */
const SILENT_MS = 45_000;

/** `sluice tail`: events and attempts, live. */
export function addTail(program: Command): void {
  withEventFacts(apiCommand(program, 'tail', 'show events and attempts live'))
    .option('--kinds <kinds>', 'these alone, with commas between them: event,attempt,refused')
    .option('--event <event>', 'the event with this id, and its attempts')
    .option('--destination <destination>', 'attempts for this destination')
    .option('--endpoint <url>', 'attempts at this URL')
    .addOption(new Option('--outcome <outcome>', 'attempts that came to this').choices(OUTCOMES))
    .option('--count <count>', 'end after so many', countOf)
    .addHelpText('after', EXAMPLES)
    .action(asking(tail));
}

async function tail(remote: Remote, { count = Infinity, ...flags }: TailFlags): Promise<void> {
  const { kinds, event, destination, endpoint, outcome, source, type, name, user, messageId } = flags;
  const query = { kinds, event, destination, endpoint, outcome, source, type, name, user, messageId };
  const paint = stdoutPaint();
  void noteUnknown(remote, flags);
  let left = count;
  for await (const message of messagesOf(remote, query)) {
    if (remote.isJson) printJsonLine(message);
    else print(...streamLines(message, paint));
    left -= 1;
    if (left <= 0) return;
  }
}

/**
 * Messages of the live stream, also beyond a connection that is lost: it is made again, and asked for what was missed.
 *
 * @throws what the first connection came to, and later what no other attempt would help with
 */
async function* messagesOf(remote: Remote, query: Query): AsyncGenerator<StreamMessage, void> {
  const state = { place: '', wasThere: false, failures: 0 };
  for (; ; state.failures += 1) {
    const over = new AbortController();
    let silence: NodeJS.Timeout | undefined;
    const onPlace = (id: string): void => {
      if (state.failures > 0) note('connected again');
      Object.assign(state, { place: id === '' ? state.place : id, wasThere: true, failures: 0 });
      clearTimeout(silence);
      silence = setTimeout(() => {
        over.abort(new Error('nothing came for too long'));
      }, SILENT_MS);
    };
    try {
      const from = state.place === '' ? {} : { lastEventId: state.place };
      yield* remote.client.watch({ query: { ...query, ...from }, signal: over.signal, onPlace });
      if (state.failures === 0) note('Sluice ended the stream; connecting again');
    } catch (error) {
      if (!state.wasThere || isLasting(error)) throw error;
      if (state.failures === 0) note(`the connection was lost (${await reasonOf(error, remote)}); connecting again`);
    } finally {
      clearTimeout(silence);
      over.abort();
    }
    const waitMs = TRY_AGAIN_MS[Math.min(state.failures, TRY_AGAIN_MS.length - 1)];
    await new Promise((resolve) => setTimeout(resolve, waitMs));
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
