import { type Command, Option } from 'commander';
import { DELIVERY_STATES, type DeliveryState, OUTCOMES, type Outcome } from '../../../contract/vocabulary.ts';
import type { Tone } from '../../colors.ts';
import { print, printJson, stdoutPaint } from '../../output.ts';
import { agoText } from '../../printable.ts';
import type { Column } from '../../table.ts';
import { apiCommand, asking, commandGroup, type Remote } from '../api-command.ts';
import { type Delivery, deliveryLines } from './delivery-lines.ts';
import { type EventFilters, eventQuery, withEventFilters } from '../events/event-filters.ts';
import { noteUnknown } from '../failures.ts';
import { listCommand, type ListFlags, printList } from '../lists.ts';
import type { ApiFlags } from '../target.ts';

/** What one can ask of deliveries. */
export interface DeliveryFilters extends EventFilters {
  readonly destination?: string;
  readonly state?: DeliveryState;
  readonly event?: string;
  readonly endpoint?: string;
  readonly outcome?: Outcome;
  readonly error?: string;
}

/** `sluice deliveries`: what became of events at each destination. */
export function addDeliveries(program: Command): void {
  const deliveries = commandGroup(program, 'deliveries', 'what became of events at each destination');
  listCommand(
    withDeliveryFilters(apiCommand(deliveries, 'list', 'list deliveries, of the newest events first'), DELIVERY_STATES),
  ).action(asking(list));
  apiCommand(deliveries, 'show <delivery>', 'show a delivery with all of its attempts').action(asking(show));
}

/** Flags that say which deliveries. */
export function withDeliveryFilters(command: Command, states: readonly DeliveryState[]): Command {
  return withEventFilters(
    command
      .option('--destination <destination>', 'for this destination')
      .addOption(new Option('--state <state>', 'in this state').choices(states))
      .option('--event <event>', 'of the event with this id')
      .option('--endpoint <url>', 'with an attempt at this URL')
      .addOption(new Option('--outcome <outcome>', 'with an attempt that came to this').choices(OUTCOMES))
      .option('--error <code>', 'with an attempt that failed so: timeout, http_503'),
  );
}

/** What of a query these flags say. Whether an error is one that there is, Sluice knows. */
export function deliveryQuery({ destination, state, event, endpoint, outcome, error, ...of }: DeliveryFilters) {
  return { destination, state, event, endpoint, outcome, error: error as 'timeout' | undefined, ...eventQuery(of) };
}

const TONES: Readonly<Record<DeliveryState, Tone>> = {
  ...{ pending: 'quiet', delivered: 'good' },
  ...{ dead: 'bad', cancelled: 'quiet' },
};

const COLUMNS: readonly Column<Delivery>[] = [
  { title: 'ID', of: ({ id }) => id, isKept: true },
  { title: 'DESTINATION', of: ({ destination }) => destination },
  { title: 'STATE', of: ({ state }) => state, tone: ({ state }) => TONES[state] },
  { title: 'EVENT', of: ({ event }) => event, isKept: true },
  { title: 'TRIED', of: ({ attempts }) => String(attempts.filter(({ outcome }) => outcome !== 'skipped').length) },
  {
    title: 'LAST',
    of: ({ attempts, nextAttemptAt, reason }) => {
      const last = attempts.at(-1);
      const at = last === undefined ? '' : `, ${agoText(last.at)}`;
      const next = nextAttemptAt === null ? '' : `; next ${agoText(nextAttemptAt)}`;
      return `${last?.error?.code ?? reason ?? (last?.status ?? last?.outcome ?? '').toString()}${at}${next}`;
    },
  },
];

async function list({ client }: Remote, flags: ListFlags & DeliveryFilters): Promise<void> {
  await printList<Delivery>(flags, {
    pages: (page) => client.pages.listDeliveries({ query: { ...deliveryQuery(flags), ...page } }),
    columns: COLUMNS,
    empty: 'there is no such delivery; what was not attempted yet has none: sluice events list',
    onEmpty: async () => noteUnknown({ client }, flags),
  });
}

async function show({ client, isJson }: Remote, _flags: ApiFlags, id: string): Promise<void> {
  const delivery = await client.getDelivery({ params: { id } });
  if (isJson) printJson(delivery);
  else print(...deliveryLines(delivery, stdoutPaint()));
}
