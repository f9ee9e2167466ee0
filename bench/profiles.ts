/**
 * Processor profiles of the programs under test, where they are asked for: V8 writes one for each thread when it ends,
 * and each becomes a flame graph. A process that is killed leaves none.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CpuProfile, flameGraphOf } from './flame-graph.ts';

type Profiled = 'sluice' | 'forwarder';

/** Half of what Node does by itself, since a scenario keeps a thread busy for some seconds only. */
const INTERVAL_US = 500;

let rawFolder: string | null = null;

/** What a program's environment gains: nothing unless profiles are wanted. */
export function profiling(program: Profiled): Readonly<Record<string, string>> {
  if (rawFolder === null) return {};
  const flags = ['--cpu-prof', `--cpu-prof-dir=${JSON.stringify(join(rawFolder, program))}`];
  const all = [process.env['NODE_OPTIONS'] ?? '', ...flags, `--cpu-prof-interval=${INTERVAL_US}`];
  return { NODE_OPTIONS: all.join(' ').trim() };
}

/**
 * Has all programs profiled that this starts. What they leave goes into the folder, as `<scenario>-sluice-<thread>` and
 * `<scenario>-forwarder`, each as `.svg` and as `.cpuprofile` for the browser's own tools. Where a scenario starts more
 * than one of a kind, they are numbered in the order in which they started.
 */
export async function profiled<Result>(
  folder: string | null,
  scenario: string,
  measure: () => Promise<Result>,
): Promise<Result> {
  if (folder === null) return measure();
  rawFolder = join(folder, `raw-${scenario}`);
  await rm(rawFolder, { recursive: true, force: true });
  await mkdir(rawFolder, { recursive: true });
  try {
    return await measure();
  } finally {
    for (const program of ['sluice', 'forwarder'] as const)
      await drawAll(join(rawFolder, program), join(folder, `${scenario}-${program}`));
    await rm(rawFolder, { recursive: true });
    rawFolder = null;
  }
}

async function drawAll(folder: string, prefix: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const processes = processesOf(names);
  for (const [index, threads] of processes.entries()) {
    const numbered = processes.length === 1 ? prefix : `${prefix}-${index + 1}`;
    const drawn = new Map<string, number>();
    for (const { file, id } of threads) {
      const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile;
      const thread = prefix.endsWith('forwarder') ? '' : `-${threadOf(profile, id)}`;
      const before = drawn.get(thread) ?? 0;
      drawn.set(thread, before + 1);
      const path = `${numbered}${thread}${before === 0 ? '' : `-${before + 1}`}`;
      await writeFile(`${path}.svg`, flameGraphOf(profile, path.slice(path.lastIndexOf('/') + 1)));
      await rename(join(folder, file), `${path}.cpuprofile`);
    }
  }
}

interface ThreadFile {
  readonly file: string;
  readonly id: number;
}

/**
 * By process, each with its threads, in the order of their start. Node calls a file
 * `CPU.<date>.<time>.<process>.<thread>.<number>.cpuprofile`.
 */
export function processesOf(names: readonly string[]): readonly (readonly ThreadFile[])[] {
  const processes = new Map<string, ThreadFile[]>();
  for (const file of names.toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }))) {
    const found = /^CPU\.\d+\.\d+\.(\d+)\.(\d+)\.\d+\.cpuprofile$/.exec(file);
    if (found === null) continue;
    const [, pid = '', id = ''] = found;
    processes.set(pid, [...(processes.get(pid) ?? []), { file, id: Number(id) }]);
  }
  return [...processes.values()].map((threads) => threads.toSorted((a, b) => a.id - b.id));
}

/** A thread is named after the file that it began with. */
export function threadOf({ nodes }: Pick<CpuProfile, 'nodes'>, id: number): string {
  if (id === 0) return 'main';
  const names = nodes.map(({ callFrame }) => /\/([a-z-]+)-thread\.[jt]s$/.exec(callFrame.url)?.[1]);
  return names.find((name) => name !== undefined) ?? `thread-${id}`;
}
