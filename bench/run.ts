/**
 * Measures Sluice beside a bare forwarder and beside nothing at all, in turns, then Sluice with a million events
 * waiting beside one without, Sluice with many destinations, one that forgets beside one that keeps everything, one with
 * a long history, and one whose live stream is read. It writes `README.md` beside this file, and ends with 1 when an
 * event was lost.
 *
 *   npm run bench                              all scenarios, five rounds (fewer of long ones); writes the README
 *   npm run bench -- --scenario single         only this one (may be repeated); writes nothing
 *   npm run bench -- --program forwarder       only this one (may be repeated), without the long ones; writes nothing
 *   npm run bench -- --rounds 3
 *   npm run bench -- --smoke                   the smallest size, once: does it work? Writes nothing
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backlogLineOf, backlogTableOf } from './backlog-report.ts';
import { BACKLOG, BACKLOG_SMOKE, measureBacklog } from './backlog.ts';
import type { BacklogMeasurement } from './backlog.ts';
import { destinationsLineOf, destinationsTablesOf, lostOfDestinations } from './destinations-report.ts';
import type { DestinationsRound } from './destinations-report.ts';
import { measureSpread, smokeSpreadOf, SPREADS } from './destinations.ts';
import { historyLineOf, historyTablesOf } from './history-report.ts';
import { HISTORY, HISTORY_SMOKE, type HistoryMeasurement, measureHistory } from './history.ts';
import { streamLineOf, streamTableOf } from './live-stream-report.ts';
import { measureStream, STREAM, STREAM_SMOKE, type StreamMeasurement } from './live-stream.ts';
import { thisMachine } from './machine.ts';
import { Ends, measure } from './measure.ts';
import type { Measurement } from './measure.ts';
import { HANGING, measureBeside, measureDead, NEIGHBOURS, NEIGHBOURS_SMOKE } from './neighbours.ts';
import { PROGRAMS } from './programs.ts';
import type { ProgramName } from './programs.ts';
import { lineOf, lostOf, readmeOf, tableOf } from './report.ts';
import type { Result } from './report.ts';
import { retentionLineOf, retentionTableOf } from './retention-report.ts';
import { measureRetention, RETENTION, RETENTION_SMOKE } from './retention.ts';
import type { RetentionMeasurement } from './retention.ts';
import { SCENARIOS, smokeSizeOf } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

/** A round of the backlog takes as long as one of all others together: more of them would take the run past 15 minutes. */
const BACKLOG_ROUNDS_MAX = 3;
/** As long. */
const DESTINATIONS_ROUNDS_MAX = 3;
const DESTINATIONS = 'destinations';
/** One takes a minute and a half. */
const RETENTION_ROUNDS_MAX = 2;
/** One takes two minutes. */
const HISTORY_ROUNDS_MAX = 2;
/** One has turns of its own, and takes two minutes. */
const STREAM_ROUNDS_MAX = 2;

const { values: flags } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    scenario: { type: 'string', multiple: true },
    program: { type: 'string', multiple: true },
  },
});
const rounds = Number(flags.rounds ?? (flags.smoke ? 1 : 5));
if (!Number.isInteger(rounds) || rounds < 1) refuse(`--rounds ${flags.rounds ?? ''}: not a number of rounds`);
const chosenScenarios = chosen('scenario', [
  ...SCENARIOS.map(({ name }) => name),
  BACKLOG.name,
  DESTINATIONS,
  RETENTION.name,
  HISTORY.name,
  STREAM.name,
]);
const programs = chosen('program', PROGRAMS);
const backlog = { scenario: flags.smoke ? BACKLOG_SMOKE : BACKLOG, rounds: [] as BacklogMeasurement[] };
const backlogRounds = roundsOf(BACKLOG.name, BACKLOG_ROUNDS_MAX);
const retention = { scenario: flags.smoke ? RETENTION_SMOKE : RETENTION, rounds: [] as RetentionMeasurement[] };
const retentionRounds = roundsOf(RETENTION.name, RETENTION_ROUNDS_MAX);
const history = { scenario: flags.smoke ? HISTORY_SMOKE : HISTORY, rounds: [] as HistoryMeasurement[] };
const historyRounds = roundsOf(HISTORY.name, HISTORY_ROUNDS_MAX);
const stream = { scenario: flags.smoke ? STREAM_SMOKE : STREAM, rounds: [] as StreamMeasurement[] };
const streamRounds = roundsOf(STREAM.name, STREAM_ROUNDS_MAX);
const destinations = { scenario: flags.smoke ? NEIGHBOURS_SMOKE : NEIGHBOURS, rounds: [] as DestinationsRound[] };
const destinationsRounds = roundsOf(DESTINATIONS, DESTINATIONS_ROUNDS_MAX);

const results: Result[] = [];
{
  await using ends = new Ends();
  const { port } = await ends.receiver.ask({ kind: 'open' });
  const endpoint = `http://127.0.0.1:${port}`;
  for (const scenario of SCENARIOS) {
    if (!chosenScenarios.includes(scenario.name)) continue;
    results.push(await run(ends, endpoint, flags.smoke ? smokeSizeOf(scenario) : scenario));
  }
  for (let round = 1; round <= backlogRounds; round++) {
    console.log(`${BACKLOG.name}, round ${round} of ${backlogRounds}`);
    const measurement = await measureBacklog(ends, endpoint, backlog.scenario);
    console.log(backlogLineOf(measurement));
    backlog.rounds.push(measurement);
  }
  for (let round = 1; round <= destinationsRounds; round++) {
    console.log(`${DESTINATIONS}, round ${round} of ${destinationsRounds}`);
    const measured = await measureDestinations(ends, endpoint);
    console.log(destinationsLineOf(measured));
    destinations.rounds.push(measured);
  }
  for (let round = 1; round <= retentionRounds; round++) {
    console.log(`${RETENTION.name}, round ${round} of ${retentionRounds}`);
    const measurement = await measureRetention(ends, endpoint, retention.scenario);
    console.log(retentionLineOf(measurement));
    retention.rounds.push(measurement);
  }
  for (let round = 1; round <= historyRounds; round++) {
    console.log(`${HISTORY.name}, round ${round} of ${historyRounds}`);
    const measurement = await measureHistory(ends, endpoint, history.scenario);
    console.log(historyLineOf(measurement));
    history.rounds.push(measurement);
  }
  for (let round = 1; round <= streamRounds; round++) {
    console.log(`${STREAM.name}, round ${round} of ${streamRounds}`);
    const measurement = await measureStream(ends, endpoint, stream.scenario);
    console.log(streamLineOf(measurement));
    stream.rounds.push(measurement);
  }
}
for (const result of results) console.log(`\n${result.scenario.title}\n\n${tableOf(result)}`);
if (backlogRounds > 0) console.log(`\n${backlog.scenario.title}\n\n${backlogTableOf(backlog)}`);
for (const table of destinationsRounds > 0 ? destinationsTablesOf(destinations) : []) console.log(`\n${table}`);
if (retentionRounds > 0) console.log(`\n${retention.scenario.title}\n\n${retentionTableOf(retention)}`);
for (const table of historyRounds > 0 ? historyTablesOf(history) : []) console.log(`\n${table}`);
if (streamRounds > 0) console.log(`\n${stream.scenario.title}\n\n${streamTableOf(stream)}`);

const isWhole = !flags.smoke && flags.scenario === undefined && flags.program === undefined;
const lost =
  lostOf(results) +
  lostOfDestinations(destinations) +
  [...backlog.rounds, ...retention.rounds, ...history.rounds, ...stream.rounds].reduce(
    (sum, { lost }) => sum + lost,
    0,
  );
if (isWhole && lost === 0) {
  const readme = await readmeOf(results, { backlog, destinations, retention, history, stream }, thisMachine(), rounds);
  await writeFile(join(import.meta.dirname, 'README.md'), readme);
}
if (lost > 0) {
  console.error(`\n${lost} event(s) were accepted and never delivered`);
  process.exitCode = 1;
}

async function run(ends: Ends, endpoint: string, scenario: Scenario): Promise<Result> {
  const measured = new Map<ProgramName, Measurement[]>(programs.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    console.log(`${scenario.name}, round ${round} of ${rounds}`);
    for (const name of programs) {
      const measurement = await measure(ends, endpoint, name, scenario);
      console.log(lineOf(name, measurement));
      measured.get(name)?.push(measurement);
    }
  }
  return { scenario, rounds: measured };
}

async function measureDestinations(ends: Ends, endpoint: string): Promise<DestinationsRound> {
  const { scenario } = destinations;
  const spreads = [];
  for (const spread of SPREADS)
    spreads.push(await measureSpread(ends, endpoint, flags.smoke ? smokeSpreadOf(spread) : spread));
  const beside = [];
  for (const hanging of HANGING) beside.push(await measureBeside(ends, endpoint, hanging, scenario));
  const none = await measureDead(ends, false, scenario);
  return { spreads, beside, none, dead: await measureDead(ends, true, scenario) };
}

/** Of a scenario that is about Sluice alone, and takes long. */
function roundsOf(name: string, most: number): number {
  return chosenScenarios.includes(name) && flags.program === undefined ? Math.min(rounds, most) : 0;
}

/** The names that a flag gave, or all. */
function chosen<Name extends string>(flag: 'scenario' | 'program', all: readonly Name[]): readonly Name[] {
  const wanted = flags[flag];
  const unknown = wanted?.find((name) => !all.some((one) => one === name));
  if (unknown !== undefined) refuse(`--${flag} ${unknown}: there are ${all.join(', ')}`);
  return all.filter((name) => wanted?.includes(name) ?? true);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
