import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { makeLongRuns } from '../../bench/long-runs.ts';
import { PROGRAMS } from '../../bench/programs.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';
import { windowEventsMax } from '../../src/domain/limits.ts';

const root = join(import.meta.dirname, '../..');

/** All scenarios, in two runs beside each other: a run keeps one core busy, and nothing is measured here. */
const long = Object.values(makeLongRuns(true)).map(({ name }) => name);
const SECOND = ['destinations', 'retention', 'slow'];
const HALVES = [[...SCENARIOS.map(({ name }) => name), ...long.filter((name) => !SECOND.includes(name))], SECOND];

describe('npm run bench', () => {
  it('carries every scenario through every program at its smallest size and loses nothing', async () => {
    const halves = await Promise.all(
      HALVES.map(async (names) => bench('--smoke', ...names.flatMap((name) => ['--scenario', name]))),
    );
    for (const { code, stderr } of halves) assert.equal(code, 0, stderr);
    const stdout = halves.map((half) => half.stdout).join('');
    for (const name of PROGRAMS) {
      const lines = stdout.split('\n').filter((line) => line.startsWith(`  ${name} `));
      assert.equal(lines.length, SCENARIOS.length, `${name} has a line per scenario in:\n${stdout}`);
      for (const line of lines) assert.match(line, /, lost 0,/);
    }
    assert.match(stdout, /^  many {6}1 on one source: [\d.]+, .*, beside 200: p99 [\d.]+, [\d.]+ ms, dead: [\d.]+ of/m);
    const waited = /^  waiting .*, lost (\d+), duplicates (\d+) after a clean stop, (\d+) after kill -9$/m.exec(stdout);
    assert.ok(waited !== null, `there is a line of the backlog in:\n${stdout}`);
    const [lost, afterStop, afterKill] = waited.slice(1).map(Number);
    assert.deepEqual({ lost, afterStop }, { lost: 0, afterStop: 0 });
    assert.match(stdout, /^  fan-out .* arrivals per event [\d.]+ \(forwarder 5\.00\), lost 0$/m);
    assert.match(stdout, /^  slow .* 64 at a time: [\d.]+ of the limit \(forwarder [\d.]+\), lost 0$/m);
    assert.match(stdout, /^  history .* 20,\d{3} attempts, slowest p99 [\d.]+ ms, .*, starts in [\d,]+ ms, lost 0$/m);
    assert.match(stdout, /^  read .* told [\d.]+ MiB\/s, lost 0$/m);
    assert.match(stdout, /^  forgetting .*, lost 0, duplicates 0$/m);
    assert.ok((afterKill ?? NaN) <= windowEventsMax, `${afterKill} duplicates, of at most a window`);
  });

  it('draws a flame graph of each thread of Sluice and of the forwarder, and leaves the profiles', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-flames-'));
    try {
      const { code, stderr } = await bench('--smoke', '--scenario', 'single', '--flame', folder);
      assert.equal(code, 0, stderr);
      const names = await readdir(folder);
      for (const name of ['forwarder', 'sluice-main', 'sluice-delivery', 'sluice-log-writer', 'sluice-history'])
        for (const kind of ['svg', 'cpuprofile']) assert.ok(names.includes(`single-${name}.${kind}`), names.join());
      const svg = await readFile(join(folder, 'single-sluice-delivery.svg'), 'utf8');
      assert.match(svg, /<title>[^<]+ src\/pipeline\/[a-z-]+\.ts:\d+, [\d.]+%<\/title>/);
      assert.ok(!svg.includes(root), 'no path of this machine');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says which scenarios there are when asked for another', async () => {
    const { code, stderr } = await bench('--scenario', 'singel');
    assert.equal(code, 2);
    assert.match(stderr, /--scenario singel: there are single, batch/);
  });
});

async function bench(...flags: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(join(root, 'bin/node'), [join(root, 'bench/run.ts'), ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}
