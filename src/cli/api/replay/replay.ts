import { type Command, Option } from 'commander';
import { DELIVERY_STATES, type DeliveryState } from '../../../contract/vocabulary.ts';
import { CommandFailure, EXIT_CODES } from '../../exit-codes.ts';
import { collect, numberOf } from '../../flag-values.ts';
import { note, print, printJson, stdoutPaint } from '../../output.ts';
import { agoText, countText, printable } from '../../printable.ts';
import { apiCommand, asking, type Remote } from '../api-command.ts';

import { type EventFilters, withEventFilters } from '../events/event-filters.ts';
import { listCommand, type ListFlags, printList } from '../lists.ts';
import { confirm } from '../prompts.ts';
import { countBefore, foreseenText } from './replay-count.ts';
import { endText, follow, hasEnded, leftRunning, type Replay, replayLines } from './replay-follow.ts';
import type { ApiFlags } from '../target.ts';

const EXAMPLES = `
Examples:
  sluice replay crm --from 24h                         all of the last day, again
  sluice replay crm --from 2h --state dead --rate 50   what died in the last two hours, 50 a second
  sluice replay crm --event evt_1f3k2m9q00000000007    this event
  sluice replay crm --from 7d --yes --no-follow --json begin it and go, in a script

They are counted first, and you are asked. Ctrl-C leaves a replay running. Ends with 1 when some of it died.
`;

interface ReplayFlags extends ApiFlags, EventFilters {
  readonly state?: DeliveryState;
  readonly event?: readonly string[];
  readonly rate?: number;
  readonly yes?: boolean;
  /** Commander makes this of `--no-follow`. */
  readonly follow: boolean;
}

/** `sluice replay`: sends events again. */
export function addReplay(program: Command): void {
  const replay = withEventFilters(
    apiCommand(program, 'replay [destination]', 'send events again that are still in the log'),
  )
    .addOption(new Option('--state <state>', 'whose delivery there is in this state').choices(DELIVERY_STATES))
    .option('--event <event>', 'this event; several times for several', collect)
    .option('--rate <count>', 'attempts per second at most', numberOf)
    .option('--yes', 'without asking')
    .option('--no-follow', 'begin it, and do not wait for its end')
    .helpCommand(false)
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES)
    .action(asking(start));
  listCommand(apiCommand(replay, 'list', 'list replays, newest first')).action(asking(list));
  apiCommand(replay, 'show <replay>', 'show a replay, and how far it has come')
    .option('--follow', 'until it has ended')
    .action(asking(show));
  apiCommand(replay, 'pause <replay>', 'pause a replay').action(asking(verb('pauseReplay')));
  apiCommand(replay, 'resume <replay>', 'let a paused replay go on').action(asking(verb('resumeReplay')));
  apiCommand(replay, 'cancel <replay>', 'end a replay; what it still owes is cancelled').action(
    asking(verb('cancelReplay')),
  );
}

async function start(remote: Remote, flags: ReplayFlags, destination: string | undefined): Promise<void> {
  const { client } = remote;
  if (destination === undefined) {
    throw new CommandFailure('usage', 'say where to: sluice replay DESTINATION --from 24h', [
      'destinations are listed by: sluice destinations list',
    ]);
  }
  await ask(remote, flags, destination);
  const begun = await client.createReplay({ body: requestOf(flags, destination) });
  if (!flags.follow) {
    tell(remote, begun);
    if (!remote.isJson) note(...leftRunning(begun.id));
    return;
  }
  note(`${printable(begun.id)} has begun`);
  tellEnd(remote, await follow(remote, begun));
}

async function ask({ client }: Remote, flags: ReplayFlags, destination: string): Promise<void> {
  if (flags.yes === true) return;
  const ids = flags.event;
  const foreseen =
    ids === undefined ? await countBefore(client, destination, flags) : { count: ids.length, hasMore: false };
  if (foreseen.count === 0) throw new CommandFailure('failed', 'there is no event in the log that is so');
  await confirm(`send ${foreseenText(foreseen)} to ${printable(destination)} again`, {});
}

function requestOf(
  { from, to, rate, event, state, source, type, name, user, messageId }: ReplayFlags,
  destination: string,
) {
  if (type === 'delete') throw new CommandFailure('usage', 'events of type delete are not sent again');
  const filter = {
    ...(source === undefined ? {} : { source }),
    ...(type === undefined ? {} : { type }),
    ...(name === undefined ? {} : { name }),
    ...(user === undefined ? {} : { user }),
    ...(messageId === undefined ? {} : { messageId }),
    ...(state === undefined ? {} : { state }),
    ...(event === undefined ? {} : { ids: [...event] }),
  };
  return {
    destination,
    filter,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(rate === undefined ? {} : { ratePerSecond: rate }),
  };
}

async function list({ client }: Remote, flags: ListFlags): Promise<void> {
  await printList<Replay>(flags, {
    pages: (query) => client.pages.listReplays({ query }),
    columns: [
      { title: 'ID', of: ({ id }) => id, isKept: true },
      { title: 'DESTINATION', of: ({ destination }) => destination },
      {
        title: 'STATE',
        of: ({ state, reason }) => (reason === null ? state : `${state} (${reason})`),
        tone: ({ state }) => (state === 'finished' ? 'good' : state === 'cancelled' ? 'bad' : null),
      },
      { title: 'DONE', of: ({ done, total }) => `${countText(done)} of ${countText(total)}` },
      { title: 'DEAD', of: ({ dead }) => countText(dead) },
      { title: 'BEGUN', of: ({ createdAt }) => agoText(createdAt) },
    ],
    empty: 'nothing was replayed yet: sluice replay DESTINATION --from 24h',
  });
}

async function show(remote: Remote, flags: ApiFlags & { readonly follow?: true }, id: string): Promise<void> {
  const replay = await remote.client.getReplay({ params: { id } });
  if (flags.follow === true && !hasEnded(replay)) tellEnd(remote, await follow(remote, replay));
  else tell(remote, replay);
}

function verb(operation: 'pauseReplay' | 'resumeReplay' | 'cancelReplay') {
  return async (remote: Remote, _flags: ApiFlags, id: string): Promise<void> => {
    tell(remote, await remote.client[operation]({ params: { id } }));
  };
}

function tell({ isJson }: Remote, replay: Replay): void {
  if (isJson) printJson(replay);
  else print(...replayLines(replay, stdoutPaint()));
}

function tellEnd({ isJson }: Remote, replay: Replay): void {
  if (isJson) printJson(replay);
  else print(endText(replay));
  if (replay.state === 'paused')
    note(...leftRunning(replay.id).slice(1), `let it go on: sluice replay resume ${printable(replay.id)}`);
  if (replay.state === 'cancelled' || replay.dead > 0) process.exitCode = EXIT_CODES.failed.code;
}
