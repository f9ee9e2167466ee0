import { isJsonObject } from '../lib/json-object.ts';
import type { LoggedEvent } from './event.ts';

/** What the sample of the Webhooks integration's reference calls an alias call's two ids. */
const LABELS = { previousId: 'Previous ID', userId: 'User ID' } as const;

/**
 * An alias event with its ids a second time under the reference's labels, for receivers that read those; any other
 * event as it is. A label that the sender used himself is left alone.
 *
 * It is the one place where a body is parsed on its way out: what is sent is made here, and signed afterwards.
 */
export function withAliasLabels<Event extends Pick<LoggedEvent, 'type' | 'body'>>(event: Event): Event {
  if (event.type !== 'alias') return event;
  const alias: unknown = JSON.parse(event.body);
  if (!isJsonObject(alias)) return event;
  const labelled = Object.entries(LABELS).filter(
    ([key, label]) => Object.hasOwn(alias, key) && !Object.hasOwn(alias, label),
  );
  // Assigned and not spread into a new object, so that a key `__proto__` stays where it is.
  for (const [key, label] of labelled) Object.assign(alias, { [label]: alias[key] });
  return { ...event, body: JSON.stringify(alias) };
}
