import { type Command, Option } from 'commander';
import { EVENT_TYPES, type EventType } from '../../../contract/vocabulary.ts';
import { pastOf } from '../moments.ts';

/** What one can ask of events, wherever events are asked about. */
export interface EventFilters {
  readonly source?: string;
  readonly type?: EventType;
  readonly name?: string;
  readonly user?: string;
  readonly messageId?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Flags that say which events. */
export function withEventFilters(command: Command): Command {
  return withTimes(withEventFacts(command));
}

/** The same without times. */
export function withEventFacts(command: Command): Command {
  return command
    .option('--source <source>', 'of this source')
    .addOption(new Option('--type <type>', 'of this type').choices(EVENT_TYPES))
    .option('--name <name>', 'the event of a track call, the name of a page or screen; the whole of it')
    .option('--user <id>', 'of this userId or anonymousId')
    .option('--message-id <id>', "with the sender's id");
}

function withTimes(command: Command): Command {
  return command
    .option('--from <time>', 'received then or later: 30m, 24h, 7d ago, or 2026-01-31T12:00:00Z', pastOf)
    .option('--to <time>', 'received before that', pastOf);
}

/** What of a query these flags say. */
export function eventQuery({ source, type, name, user, messageId, from, to }: EventFilters) {
  return { source, type, name, user, messageId, from, to };
}
