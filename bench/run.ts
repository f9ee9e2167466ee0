/**
 * Measures Sluice beside a bare forwarder and beside nothing at all, in turns, then what is not one load through every
 * program: a million events waiting, five endpoints, a slow one, many destinations, a log that forgets, a long history,
 * and a live stream that is read. It writes `README.md` beside this file, which begins with the goals and whether they
 * are reached, and ends with 1 when an event was lost.
 *
 *   npm run bench                              all scenarios, five rounds (fewer of long ones); writes the README
 *   npm run bench -- --scenario single         only this one (may be repeated); writes nothing
 *   npm run bench -- --program forwarder       only this one (may be repeated), without the long ones; writes nothing
 *   npm run bench -- --rounds 3
 *   npm run bench -- --smoke                   the smallest size, once: does it work? Writes nothing
 *   SLUICE_HTTP_THREADS=2 npm run bench -- --scenario single
 *                                              with another setting of Sluice, by its variable
 *   npm run bench -- --flame FOLDER            one round under the profiler; writes a flame graph of each thread of
 *                                              Sluice and of the forwarder into the folder, and nothing else
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { goalsTableOf } from './goals.ts';
import { makeLongRuns } from './long-runs.ts';
import { thisMachine } from './machine.ts';
import { Ends, measure } from './measure.ts';
import type { Measurement } from './measure.ts';
import { profiled } from './profiles.ts';
import { PROGRAMS } from './programs.ts';
import type { ProgramName } from './programs.ts';
import { lineOf, lostOf, readmeOf, tableOf } from './report.ts';
import type { Result } from './report.ts';
import { SCENARIOS, smokeSizeOf } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

const ROUNDS = 5;

const { values: flags } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    scenario: { type: 'string', multiple: true },
    program: { type: 'string', multiple: true },
    flame: { type: 'string' },
  },
});
const flames = flags.flame === undefined ? null : resolve(flags.flame);
const rounds = Number(flags.rounds ?? (flags.smoke || flames !== null ? 1 : ROUNDS));
if (!Number.isInteger(rounds) || rounds < 1) refuse(`--rounds ${flags.rounds ?? ''}: not a number of rounds`);
const long = makeLongRuns(flags.smoke);
const longRuns = Object.values(long);
const chosenScenarios = chosen(
  'scenario',
  [...SCENARIOS, ...longRuns].map(({ name }) => name),
);
const programs = chosen('program', PROGRAMS);
if (flames !== null) await mkdir(flames, { recursive: true });

const results: Result[] = [];
{
  await using ends = new Ends();
  const { port } = await ends.receiver.ask({ kind: 'open' });
  const endpoint = `http://127.0.0.1:${port}`;
  for (const scenario of SCENARIOS) {
    if (!chosenScenarios.includes(scenario.name)) continue;
    const sized = flags.smoke ? smokeSizeOf(scenario) : scenario;
    results.push(await profiled(flames, scenario.name, async () => run(ends, endpoint, sized)));
  }
  for (const one of longRuns) {
    // These are about Sluice, and have a forwarder of their own where they need one.
    if (!chosenScenarios.includes(one.name) || flags.program !== undefined) continue;
    await profiled(flames, one.name, async () => one.run(ends, endpoint, rounds));
  }
}
for (const result of results) console.log(`\n${result.scenario.title}\n\n${tableOf(result)}`);
for (const table of longRuns.flatMap(({ tables }) => tables)) console.log(`\n${table}`);
const goals = flags.smoke || flames !== null ? '' : goalsTableOf({ results, long });
if (goals !== '') console.log(`\nGoals\n\n${goals}`);

const isWhole = !flags.smoke && flags.scenario === undefined && flags.program === undefined && flames === null;
const lost = longRuns.reduce((sum, one) => sum + one.lost, lostOf(results));
if (isWhole && lost === 0)
  await writeFile(join(import.meta.dirname, 'README.md'), await readmeOf(results, long, thisMachine(), rounds));
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
