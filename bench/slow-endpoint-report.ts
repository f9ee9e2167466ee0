import type { Delivered, SlowMeasurement, SlowRound, SlowScenario } from './slow-endpoint.ts';
import { markdownTable, number, ratioCell, spreadCell } from './table.ts';

/** All rounds of it, in the order in which they were made. */
export interface SlowResult {
  readonly scenario: SlowScenario;
  readonly rounds: readonly SlowRound[];
}

/** One line about one round, for whoever watches the run. */
export function slowLineOf(round: SlowRound): string {
  const shown = round.map(({ concurrency, limitPerSecond, sluice, forwarder }) => {
    const share = ({ perSecond }: Delivered): string => number(perSecond / limitPerSecond, 3);
    return `${number(concurrency, 0)} at a time: ${share(sluice)} of the limit (forwarder ${share(forwarder)})`;
  });
  return `  slow      ${shown.join(', ')}, lost ${lostOfSlow(round)}`;
}

export function lostOfSlow(round: SlowRound): number {
  return round.reduce((sum, { sluice, forwarder }) => sum + sluice.lost + forwarder.lost, 0);
}

/** The whole section: what was done, and the medians. */
export function slowSectionOf({ scenario, rounds }: SlowResult): string {
  const { title, answerMs, wavesBefore, waves } = scenario;
  return `## ${title}

Events in batches of 100, flat out, to an endpoint that answers each after ${answerMs} ms: more wait than can be sent.
After ${wavesBefore} times the concurrency to warm up, ${waves} times the concurrency are measured, from arrival to arrival. The
limit is the concurrency in ${answerMs} ms. The endpoint shares the machine: **took** is what its answers took in fact, and
what that is over ${answerMs} ms is missing from what both programs deliver. ${rounds.length} round(s).

${slowTableOf({ scenario, rounds })}`;
}

export function slowTableOf({ rounds }: SlowResult): string {
  return markdownTable(
    ['', 'limit, events/s', 'forwarder', '÷ limit', 'took, ms', 'sluice', '÷ limit', 'took, ms'],
    (rounds[0] ?? []).map(({ concurrency }, index) => {
      const of = (value: (measurement: SlowMeasurement) => number): (number | null)[] =>
        rounds.map((round) => (round[index] === undefined ? null : value(round[index])));
      const limit = of((m) => m.limitPerSecond);
      const cells = (one: (measurement: SlowMeasurement) => Delivered): readonly string[] => {
        const perSecond = of((m) => one(m).perSecond);
        return [
          spreadCell(perSecond, 0),
          ratioCell(perSecond, limit),
          spreadCell(
            of((m) => one(m).answerMs),
            1,
          ),
        ];
      };
      return [
        `${number(concurrency, 0)} at a time`,
        spreadCell(limit, 0),
        ...cells(({ forwarder }) => forwarder),
        ...cells(({ sluice }) => sluice),
      ];
    }),
  );
}
