import { type Destination, WEBHOOKS_NAMES } from '../domain/destination.ts';
import { isErased } from '../domain/event-query.ts';
import type { LoggedEvent } from '../domain/event.ts';
import { makeFilter } from '../domain/filter.ts';
import { isMeantFor } from '../domain/integrations.ts';

/**
 * Which events of its sources a destination gets: those that their sender means for webhooks (protocol section 4.3),
 * and that its own filter takes; of erased ones nothing is left to send. Prepared once, since it is asked for each event
 * and lane.
 *
 * @param onFiltered told of each event that the filter alone keeps away
 */
export function makeIsWanted(
  { delivery }: Pick<Destination, 'delivery'>,
  onFiltered: () => void = () => undefined,
): (event: LoggedEvent) => boolean {
  const passes = makeFilter(delivery.filter);
  if (passes === null) return isMeant;
  return (event) => {
    if (!isMeant(event)) return false;
    if (passes(event)) return true;
    onFiltered();
    return false;
  };
}

function isMeant(event: LoggedEvent): boolean {
  return !isErased(event) && isMeantFor(event.integrations, WEBHOOKS_NAMES);
}
