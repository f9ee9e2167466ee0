import type { DestinationsRound } from './destinations-report.ts';
import { measureSpread, smokeSpreadOf, SPREADS } from './destinations.ts';
import type { Ends } from './measure.ts';
import { HANGING, measureBeside, measureDead, type NeighboursScenario } from './neighbours.ts';

/** One round of everything with more than one destination, or a dead one. */
export async function measureDestinations(
  ends: Ends,
  endpoint: string,
  scenario: NeighboursScenario,
  isSmoke: boolean,
): Promise<DestinationsRound> {
  const spreads = [];
  for (const spread of SPREADS)
    spreads.push(await measureSpread(ends, endpoint, isSmoke ? smokeSpreadOf(spread) : spread));
  const beside = [];
  for (const hanging of HANGING) beside.push(await measureBeside(ends, endpoint, hanging, scenario));
  const none = await measureDead(ends, false, scenario);
  return { spreads, beside, none, dead: await measureDead(ends, true, scenario) };
}
