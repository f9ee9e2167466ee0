import type { Command } from 'commander';
import type { Answer } from '../../../contract/operation.ts';
import type { Operations } from '../../../contract/operations.ts';
import type { Paint } from '../../colors.ts';
import { note, print, printJson, jsonText, stdoutPaint } from '../../output.ts';
import { agoText, printable } from '../../printable.ts';
import { type Column, fieldLines } from '../../table.ts';
import { apiCommand, asking, commandGroup, type Remote } from '../api-command.ts';
import { type EventFilters, eventQuery, withEventFilters } from './event-filters.ts';
import { fateText } from './fates.ts';
import { noteUnknown } from '../failures.ts';
import { listCommand, type ListFlags, printList } from '../lists.ts';
import type { ApiFlags } from '../target.ts';

type Event = Extract<Answer<Operations['listEvents']>, { readonly isComplete: boolean }>['data'][number];
type RefusedCall = Exclude<Answer<Operations['listEvents']>['data'][number], Event>;
type TracedEvent = Answer<Operations['getEvent']>;

interface EventListFlags extends ListFlags, EventFilters {
  readonly refused?: boolean;
  readonly reason?: string;
}

/** `sluice events`: what was accepted, and what was refused. */
export function addEvents(program: Command): void {
  const events = commandGroup(program, 'events', 'what was accepted, what became of it, and what was refused');
  listCommand(withEventFilters(apiCommand(events, 'list', 'list events, newest first')))
    .option('--refused', 'calls that were not accepted, and why, as far as they were sampled')
    .option('--reason <reason>', 'refused for this reason')
    .action(asking(list));
  apiCommand(events, 'show <event>', 'show an event, and what became of it at each destination').action(asking(show));
}

const EVENT_COLUMNS: readonly Column<Event>[] = [
  { title: 'ID', of: ({ id }) => id, isKept: true },
  { title: 'RECEIVED', of: ({ receivedAt }) => agoText(receivedAt) },
  { title: 'TYPE', of: ({ type }) => type },
  { title: 'NAME', of: ({ name }) => name ?? '' },
  { title: 'USER', of: (event) => userOf(event) ?? '' },
  { title: 'SOURCE', of: ({ source }) => source },
];

const REFUSED_COLUMNS: readonly Column<RefusedCall>[] = [
  { title: 'AT', of: ({ at }) => agoText(at) },
  { title: 'SOURCE', of: ({ source, writeKey }) => source ?? (writeKey === null ? 'no key' : `key ${writeKey}`) },
  { title: 'CALL', of: ({ type, count }) => (count === 1 ? (type ?? 'call') : `batch of ${count}`) },
  { title: 'REASON', of: ({ reason }) => reason, tone: () => 'bad' },
  { title: 'WHY', of: ({ message }) => message },
];

async function list({ client }: Remote, { refused, reason, ...flags }: EventListFlags): Promise<void> {
  const query = eventQuery(flags);
  if (refused === true || reason !== undefined) {
    await printList<RefusedCall>(flags, {
      pages: (page) =>
        client.pages.listEvents({ query: { ...query, refused: true, reason, ...page } }) as AsyncIterable<{
          readonly data: readonly RefusedCall[];
        }>,
      columns: REFUSED_COLUMNS,
      empty: 'no call was refused that is so',
      onEmpty: async () => noteUnknown({ client }, flags),
    });
    return;
  }
  const index = { isComplete: true };
  const pages = async function* (page: { readonly limit: number }) {
    for await (const answer of client.pages.listEvents({ query: { ...query, ...page } })) {
      if ('isComplete' in answer) index.isComplete &&= answer.isComplete;
      yield answer as { readonly data: readonly Event[] };
    }
  };
  await printList<Event>(flags, {
    pages,
    columns: EVENT_COLUMNS,
    empty: 'there is no such event. Was it refused? sluice events list --refused',
    onEmpty: async () => noteUnknown({ client }, flags),
  });
  if (!index.isComplete) note('the index is still on its way, and the newest events are missing');
}

async function show({ client, isJson }: Remote, _flags: ApiFlags, id: string): Promise<void> {
  const event = await client.getEvent({ params: { id } });
  if (isJson) printJson(event);
  else print(...eventLines(event, stdoutPaint()));
}

function eventLines(event: TracedEvent, paint: Paint): readonly string[] {
  const { id, type, name, source, messageId, receivedAt, body, destinations } = event;
  const user = userOf(event);
  return [
    ...fieldLines(
      [
        ['id', printable(id)],
        ['type', type],
        ['name', name === null ? null : printable(name, 200)],
        ['user', user === null ? null : printable(user, 200)],
        ['source', printable(source)],
        ['message id', printable(messageId, 200)],
        ['received', `${receivedAt} (${agoText(receivedAt)})`],
      ],
      paint,
    ),
    '',
    ...(destinations.length === 0
      ? ['no destination has its source']
      : destinations.map((fate) => fateText(fate, paint))),
    '',
    ...jsonText(body, 2).split('\n'),
  ];
}

function userOf({ userId, body }: Pick<Event, 'userId' | 'body'>): string | null {
  if (userId !== null) return userId;
  const anonymous = body['anonymousId'];
  return typeof anonymous === 'string' ? anonymous : null;
}
