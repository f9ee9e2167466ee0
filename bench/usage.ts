import { readFileSync, readdirSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What Linux counts processor time in, for every program: a hundredth of a second. */
const TICK_MS = 10;

/** Processor time so far of a process and all below it, user and system, every thread, in milliseconds. */
export function cpuMsOf(pid: number): number {
  return sum(treeOf(pid).map((one) => ownCpuMsOf(one)));
}

/** The most memory that a process and all below it have held, each at its own peak, in bytes. */
export function peakRssBytesOf(pid: number): number {
  return sum(treeOf(pid).map((one) => 1_024 * Number(/VmHWM:\s*(\d+) kB/.exec(procFile(one, 'status'))?.[1] ?? 0)));
}

/** What the files below a folder occupy: blocks, so that holes are not counted. */
export async function bytesOnDisk(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const stats = await Promise.all(names.map(async (name) => lstat(join(folder, name))));
  return sum(stats.filter((stat) => stat.isFile()).map((stat) => stat.blocks * 512));
}

function treeOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) => procFile(pid, `task/${task}/children`).split(' ').filter(Boolean));
  return [pid, ...children.flatMap((child) => treeOf(Number(child)))];
}

/** proc(5): after the name, which alone may contain spaces, `utime` and `stime` are the twelfth and thirteenth. */
function ownCpuMsOf(pid: number): number {
  const stat = procFile(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function procFile(pid: number, name: string): string {
  return readFileSync(`/proc/${pid}/${name}`, 'utf8');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
