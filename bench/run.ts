/**
 * Measures Sluice beside a bare forwarder and beside nothing at all, in turns, and writes `README.md` beside this file.
 * Ends with 1 when an event was lost.
 *
 *   npm run bench                              all scenarios, five rounds; writes the README
 *   npm run bench -- --scenario single         only this one (may be repeated); writes nothing
 *   npm run bench -- --program forwarder       only this one (may be repeated); writes nothing
 *   npm run bench -- --rounds 3
 *   npm run bench -- --smoke                   the smallest size, once: does it work? Writes nothing
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { thisMachine } from './machine.ts';
import { Ends, measure } from './measure.ts';
import type { Measurement } from './measure.ts';
import { PROGRAMS } from './programs.ts';
import type { ProgramName } from './programs.ts';
import { lineOf, lostOf, readmeOf, tableOf } from './report.ts';
import type { Result } from './report.ts';
import { SCENARIOS, smokeSizeOf } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

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
const scenarios = chosen('scenario', SCENARIOS, ({ name }) => name);
const programs = chosen('program', PROGRAMS, (name) => name);

const results: Result[] = [];
{
  await using ends = new Ends();
  const { port } = await ends.receiver.ask({ kind: 'open' });
  for (const scenario of scenarios) {
    const sized = flags.smoke ? smokeSizeOf(scenario) : scenario;
    results.push(await run(ends, `http://127.0.0.1:${port}`, sized));
  }
}
for (const result of results) console.log(`\n${result.scenario.title}\n\n${tableOf(result)}`);

const isWhole = !flags.smoke && flags.scenario === undefined && flags.program === undefined;
const lost = lostOf(results);
if (isWhole && lost === 0) {
  await writeFile(join(import.meta.dirname, 'README.md'), await readmeOf(results, thisMachine(), rounds));
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

function chosen<Choice>(
  flag: 'scenario' | 'program',
  all: readonly Choice[],
  nameOf: (one: Choice) => string,
): Choice[] {
  const wanted = flags[flag];
  const unknown = wanted?.find((name) => !all.some((one) => nameOf(one) === name));
  if (unknown !== undefined) refuse(`--${flag} ${unknown}: there are ${all.map(nameOf).join(', ')}`);
  return all.filter((one) => wanted?.includes(nameOf(one)) ?? true);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
