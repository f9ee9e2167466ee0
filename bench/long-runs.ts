/** The scenarios that are not one load through every program: what each measures in a round, and how that is told. */
import { backlogLineOf, backlogTableOf } from './backlog-report.ts';
import { BACKLOG, BACKLOG_SMOKE, measureBacklog } from './backlog.ts';
import { batchedLineOf, batchedTableOf } from './batched-report.ts';
import { BATCHED, BATCHED_SMOKE, measureBatched } from './batched.ts';
import { destinationsLineOf, destinationsTablesOf, lostOfRound } from './destinations-report.ts';
import { measureDestinations } from './destinations-round.ts';
import { fanOutLineOf, fanOutTableOf } from './fan-out-report.ts';
import { FAN_OUT, FAN_OUT_SMOKE, measureFanOut } from './fan-out.ts';
import { historyLineOf, historyTablesOf } from './history-report.ts';
import { HISTORY, HISTORY_SMOKE, measureHistory } from './history.ts';
import { streamLineOf, streamTableOf } from './live-stream-report.ts';
import { measureStream, STREAM, STREAM_SMOKE } from './live-stream.ts';
import type { Ends } from './measure.ts';
import { NEIGHBOURS, NEIGHBOURS_SMOKE } from './neighbours.ts';
import type { LongResults } from './report.ts';
import { retentionLineOf, retentionTableOf } from './retention-report.ts';
import { measureRetention, RETENTION, RETENTION_SMOKE } from './retention.ts';
import { lostOfSlow, slowLineOf, slowTableOf } from './slow-endpoint-report.ts';
import { measureSlow, SLOW, SLOW_SMOKE } from './slow-endpoint.ts';

interface LongParts<Scenario, Round> {
  readonly name: string;
  readonly scenario: Scenario;
  /** One round takes long: more of them would take the whole run past an hour. */
  readonly roundsMax: number;
  readonly measure: (ends: Ends, endpoint: string, scenario: Scenario) => Promise<Round>;
  readonly lineOf: (round: Round) => string;
  readonly tablesOf: (result: { readonly scenario: Scenario; readonly rounds: readonly Round[] }) => readonly string[];
  readonly lostOf: (round: Round) => number;
}

/** A scenario, and its rounds so far. */
export class LongRun<Scenario, Round> {
  readonly rounds: Round[] = [];
  readonly #parts: LongParts<Scenario, Round>;

  constructor(parts: LongParts<Scenario, Round>) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  get scenario(): Scenario {
    return this.#parts.scenario;
  }

  get lost(): number {
    return this.rounds.reduce((sum, round) => sum + this.#parts.lostOf(round), 0);
  }

  /** Markdown; none before the first round. */
  get tables(): readonly string[] {
    return this.rounds.length === 0 ? [] : this.#parts.tablesOf(this);
  }

  /** Measures that many rounds, or as many as there may be. */
  async run(ends: Ends, endpoint: string, wanted: number): Promise<void> {
    const { name, scenario, roundsMax, measure, lineOf } = this.#parts;
    const rounds = Math.min(wanted, roundsMax);
    for (let round = 1; round <= rounds; round++) {
      console.log(`${name}, round ${round} of ${rounds}`);
      const measured = await measure(ends, endpoint, scenario);
      console.log(lineOf(measured));
      this.rounds.push(measured);
    }
  }
}

/** All of them, in the order in which they are made. */
export function makeLongRuns(isSmoke: boolean) {
  return {
    backlog: new LongRun({
      ...{ name: BACKLOG.name, scenario: isSmoke ? BACKLOG_SMOKE : BACKLOG, roundsMax: 3 },
      ...{ measure: measureBacklog, lineOf: backlogLineOf, lostOf },
      tablesOf: (result) => [titled(result.scenario.title, backlogTableOf(result))],
    }),
    fanOut: new LongRun({
      ...{ name: FAN_OUT.name, scenario: isSmoke ? FAN_OUT_SMOKE : FAN_OUT, roundsMax: 5 },
      ...{ measure: measureFanOut, lineOf: fanOutLineOf, lostOf },
      tablesOf: (result) => [titled(result.scenario.title, fanOutTableOf(result))],
    }),
    slow: new LongRun({
      ...{ name: SLOW.name, scenario: isSmoke ? SLOW_SMOKE : SLOW, roundsMax: 3 },
      ...{ measure: measureSlow, lineOf: slowLineOf, lostOf: lostOfSlow },
      tablesOf: (result) => [titled(result.scenario.title, slowTableOf(result))],
    }),
    batched: new LongRun({
      ...{ name: BATCHED.name, scenario: isSmoke ? BATCHED_SMOKE : BATCHED, roundsMax: 5 },
      ...{ measure: measureBatched, lineOf: batchedLineOf, lostOf },
      tablesOf: (result) => [titled(result.scenario.title, batchedTableOf(result))],
    }),
    destinations: new LongRun({
      ...{ name: 'destinations', scenario: isSmoke ? NEIGHBOURS_SMOKE : NEIGHBOURS, roundsMax: 3 },
      measure: async (ends, endpoint, scenario) => measureDestinations(ends, endpoint, scenario, isSmoke),
      ...{ lineOf: destinationsLineOf, tablesOf: destinationsTablesOf, lostOf: lostOfRound },
    }),
    retention: new LongRun({
      ...{ name: RETENTION.name, scenario: isSmoke ? RETENTION_SMOKE : RETENTION, roundsMax: 2 },
      ...{ measure: measureRetention, lineOf: retentionLineOf, lostOf },
      tablesOf: (result) => [titled(result.scenario.title, retentionTableOf(result))],
    }),
    history: new LongRun({
      ...{ name: HISTORY.name, scenario: isSmoke ? HISTORY_SMOKE : HISTORY, roundsMax: 2 },
      ...{ measure: measureHistory, lineOf: historyLineOf, tablesOf: historyTablesOf, lostOf },
    }),
    stream: new LongRun({
      ...{ name: STREAM.name, scenario: isSmoke ? STREAM_SMOKE : STREAM, roundsMax: 2 },
      ...{ measure: measureStream, lineOf: streamLineOf, lostOf },
      tablesOf: (result) => [titled(result.scenario.title, streamTableOf(result))],
    }),
  } satisfies LongResults;
}

function lostOf({ lost }: { readonly lost: number }): number {
  return lost;
}

function titled(title: string, table: string): string {
  return `${title}\n\n${table}`;
}
