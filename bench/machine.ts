import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { nowUs } from './calls.ts';
import { latencyOf } from './quantile.ts';
import type { Latency } from './quantile.ts';

/** Where and of what the numbers are: without it they mean nothing. */
export interface Machine {
  readonly date: string;
  /** With a note when files differ from it. */
  readonly commit: string;
  readonly processors: string;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  /** What the disk takes to make a page durable: the floor under every answer of Sluice. */
  readonly fsyncMs: Latency;
}

export function thisMachine(): Machine {
  const [first, ...others] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    processors: `${others.length + 1} × ${first?.model ?? 'unknown processor'}`,
    memoryGib: Math.round(totalmem() / 1_024 ** 3),
    system: `${type()} ${release().split('.').slice(0, 2).join('.')}`,
    node: process.version,
    fsyncMs: fsyncMs(),
  };
}

function commit(): string {
  try {
    const hash = git('rev-parse', '--short=12', 'HEAD');
    return git('status', '--porcelain') === '' ? hash : `${hash} with changes that are not committed`;
  } catch {
    return 'unknown (not a git checkout)';
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

function fsyncMs(): Latency {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  const file = openSync(join(folder, 'page'), 'w');
  try {
    const page = Buffer.alloc(4_096, 1);
    const takenUs = Float64Array.from({ length: 500 }, () => {
      const beforeUs = nowUs();
      writeSync(file, page);
      fsyncSync(file);
      return nowUs() - beforeUs;
    });
    return latencyOf(takenUs);
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}
