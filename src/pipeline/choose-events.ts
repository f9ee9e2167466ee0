import { type Destination, WEBHOOKS_NAMES } from '../domain/destination.ts';
import type { LoggedEvent } from '../domain/event.ts';
import { makeFilter } from '../domain/filter.ts';
import { isMeantFor } from '../domain/integrations.ts';

/**
 * Which events of its sources a destination gets: those that their sender means for webhooks (protocol section 4.3),
 * and that its own filter takes. Prepared once, since it is asked for each event and lane.
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

function isMeant({ integrations }: LoggedEvent): boolean {
  return isMeantFor(integrations, WEBHOOKS_NAMES);
}
