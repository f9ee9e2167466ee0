/**
 * Runs every suite, each within its budget, and ends with 1 when one failed or took too long.
 *
 *   bin/node test/run.ts            all suites
 *   bin/node test/run.ts --long     the same with more seeds, kills and rounds (SLUICE_TEST_LONG=1)
 *   bin/node test/run.ts unit e2e   only these
 */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

interface Suite {
  readonly name: string;
  /** What it costs at most, in seconds: over it is a failure, so that the whole stays under ten minutes. */
  readonly budgetS: number;
  readonly command?: readonly string[];
  readonly tests?: readonly string[];
  /** Its files share processes: where most take less time than the start of a process would. */
  readonly shared?: boolean;
  /** Over the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Only in the long form. */
  readonly isLong?: boolean;
}

/** How many test processes there are at a time, as there are cores. */
const AT_ONCE = 2;

const root = join(import.meta.dirname, '..');
const long = process.argv.includes('--long');
const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));

const SUITES: readonly Suite[] = [
  { name: 'format', budgetS: 60, command: ['node_modules/.bin/prettier', '--check', '--log-level=warn', '.'] },
  { name: 'types', budgetS: 120, command: ['node_modules/.bin/tsc', '--noEmit'] },
  { name: 'page types', budgetS: 120, command: ['node_modules/.bin/tsc', '--noEmit', '-p', 'dashboard'] },
  { name: 'lint', budgetS: 420, command: ['node_modules/.bin/eslint', '.'] },
  {
    name: 'layers',
    budgetS: 30,
    command: [
      'node_modules/.bin/depcruise',
      'src',
      'dashboard/src',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
    ],
  },
  { name: 'house', budgetS: 60, tests: ['test/house/**/*.test.ts'] },
  { name: 'unit', budgetS: 300, tests: ['src/**/*.test.ts', 'dashboard/src/**/*.test.ts'], shared: true },
  { name: 'conformance', budgetS: 130, tests: ['test/conformance/**/*.test.ts'] },
  { name: 'simulation', budgetS: 130, tests: ['test/simulation/**/*.test.ts'] },
  { name: 'contract', budgetS: 90, tests: ['test/contract/**/*.test.ts'] },
  { name: 'e2e', budgetS: 900, tests: ['test/e2e/**/*.test.ts'] },
  {
    // All of it again: what is passed on between threads must look as if it had not been.
    name: 'http threads',
    budgetS: 900,
    tests: ['test/e2e/**/*.test.ts', 'test/browser/**/*.test.ts', 'test/dashboard/**/*.test.ts'],
    env: { SLUICE_HTTP_THREADS: '2' },
    isLong: true,
  },
  {
    name: 'compatibility',
    budgetS: 180,
    tests: ['test/checklist/**/*.test.ts', 'test/compatibility/**/*.test.ts'],
  },
  { name: 'receivers', budgetS: 60, tests: ['test/receivers/**/*.test.ts'] },
  { name: 'libraries', budgetS: 120, tests: ['test/libraries/**/*.test.ts'] },
  { name: 'browser', budgetS: 180, tests: ['test/browser/**/*.test.ts'] },
  { name: 'dashboard', budgetS: 400, tests: ['test/dashboard/**/*.test.ts'] },
  { name: 'crash', budgetS: 240, tests: ['test/crash/**/*.test.ts'] },
  { name: 'bench', budgetS: 300, tests: ['test/bench/**/*.test.ts'] },
];

const wanted = SUITES.filter(({ name, isLong = false }) => (only.length === 0 ? long || !isLong : only.includes(name)));
const unknown = only.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are ${SUITES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const failed: string[] = [];
// What only reads the code keeps one core busy each, and nothing of it is timed: two at a time.
await inTurns(
  wanted.filter(({ command }) => command !== undefined),
  2,
);
await inTurns(
  wanted.filter(({ command }) => command === undefined),
  1,
);
if (failed.length > 0) {
  console.error(`\n${failed.join('\n')}`);
  process.exit(1);
}

async function inTurns(suites: readonly Suite[], atOnce: number): Promise<void> {
  const left = [...suites];
  const turns = Array.from({ length: atOnce }, async () => {
    for (let suite = left.shift(); suite !== undefined; suite = left.shift()) await told(suite);
  });
  await Promise.all(turns);
}

/** Runs a suite, and tells how it went. */
async function told(suite: Suite): Promise<void> {
  const startedAtMs = Date.now();
  const problem = await runSuite(suite);
  const tookS = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`${problem === null ? 'ok    ' : 'FAILED'} ${suite.name.padEnd(12)} ${tookS} s of ${budgetOf(suite)} s`);
  if (problem !== null) failed.push(`${suite.name}: ${problem}`);
}

function budgetOf(suite: Suite): number {
  return long ? suite.budgetS * 10 : suite.budgetS;
}

/** Resolves to what went wrong, or `null`. */
async function runSuite(suite: Suite): Promise<string | null> {
  const commands = suite.command === undefined ? testCommands(suite) : [suite.command];
  if (commands.length === 0) return 'it has no test file';
  const problems = await Promise.all(commands.map(async (args) => runCommand(args, suite)));
  return problems.find((problem) => problem !== null) ?? null;
}

async function runCommand(args: readonly string[], suite: Suite): Promise<string | null> {
  const budgetS = budgetOf(suite);
  return new Promise((resolve) => {
    const child = spawn(join(root, 'bin/node'), args, {
      cwd: root,
      stdio: 'inherit',
      detached: true,
      env: { ...process.env, ...suite.env, ...(long ? { SLUICE_TEST_LONG: '1' } : {}) },
    });
    const timer = setTimeout(() => {
      // The group, so that no server that a test started outlives it.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      resolve(`took longer than its budget of ${budgetS} s`);
    }, budgetS * 1000);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? null : `ended with ${signal ?? code ?? 'nothing'}`);
    });
  });
}

function testCommands(suite: Suite): readonly (readonly string[])[] {
  const files = (suite.tests ?? []).flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
  if (files.length === 0) return [];
  // A test that hangs is named, long before the budget ends its suite without a word.
  const timeoutMs = Math.min(suite.budgetS * 900, 120_000) * (long ? 10 : 1);
  const command = ['--test', '--test-reporter=dot', `--test-timeout=${timeoutMs}`];
  if (suite.shared !== true) return [[...command, `--test-concurrency=${AT_ONCE}`, ...files]];
  return Array.from({ length: AT_ONCE }, (_, index) => [
    ...[...command, '--test-isolation=none'],
    ...files.filter((_file, place) => place % AT_ONCE === index),
  ]);
}
