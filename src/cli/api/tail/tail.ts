import { type Command, Option } from 'commander';
import type { StreamMessage } from '../../../contract/client.ts';
import type { Call } from '../../../contract/client-calls.ts';
import type { Operations } from '../../../contract/operations.ts';
import { OUTCOMES, type Outcome } from '../../../contract/vocabulary.ts';
import { countOf } from '../../flag-values.ts';
import { print, printJsonLine, stdoutPaint } from '../../output.ts';
import { apiCommand, asking, type Remote } from '../api-command.ts';
import { type EventFilters, withEventFacts } from '../events/event-filters.ts';
import { noteUnknown } from '../failures.ts';
import { lasting } from '../lasting.ts';
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

/** Messages of the live stream, also beyond a connection that is lost: the next one is asked for what was missed. */
function messagesOf(remote: Remote, query: Query): AsyncIterable<StreamMessage> {
  let place = '';
  return lasting(remote, ({ signal, heard }) =>
    remote.client.watch({
      query: { ...query, ...(place === '' ? {} : { lastEventId: place }) },
      signal,
      onPlace: (id) => {
        if (id !== '') place = id;
        heard();
      },
    }),
  );
}
