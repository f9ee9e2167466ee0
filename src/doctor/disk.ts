import { randomUUID } from 'node:crypto';
import { closeSync, fdatasyncSync, fstatSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { viewSegmentFolder } from '../adapters/sql/segment-folder.ts';
import { freeBytesOf } from '../adapters/sql/disk-space.ts';
import { type DataFiles, dataFilesIn } from '../adapters/sql/data-folder.ts';
import type { Config } from '../config/schema.ts';
import { dataBytes } from '../retention.ts';
import type { Ambient } from '../ports/ambient.ts';
import { codeOf, type Finding, ok, problem, reasonOf, sizeText, warning } from './finding.ts';

const SYNCS = 15;
const SYNC_BYTES = 4_096;
/** An answer to a library waits for one; what comes meanwhile shares the next. */
const SLOW_SYNC_MS = 20;
const INODES_MIN = 1_000;

/** How fast the disk of a folder is, and when it says that it is. */
export interface DiskTried {
  readonly findings: readonly Finding[];
  readonly stamped: { readonly fileMs: number; readonly nowMs: number } | null;
}

/** Syncs a file that has no name any more: it is gone however this ends. */
export function trySyncs(folder: string, ambient: Pick<Ambient, 'nowMs' | 'elapsedMs'>): DiskTried {
  const file = join(folder, `doctor-${randomUUID()}.new`);
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, 'wx', 0o600);
    rmSync(file);
    const times: number[] = [];
    for (let round = 0; round < SYNCS; round += 1) {
      writeSync(descriptor, Buffer.alloc(SYNC_BYTES, round));
      const startedAtMs = ambient.elapsedMs();
      fdatasyncSync(descriptor);
      times.push(ambient.elapsedMs() - startedAtMs);
    }
    const stamped = { fileMs: fstatSync(descriptor).mtimeMs, nowMs: ambient.nowMs() };
    return { findings: [syncFinding(times.toSorted((a, b) => a - b))], stamped };
  } catch (error) {
    const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error));
    const wayOut = isFull ? 'make room on this disk' : 'see that this user may write to the data folder';
    return {
      findings: [problem('sync', `nothing can be written to ${folder}: ${reasonOf(error)}`, wayOut)],
      stamped: null,
    };
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function syncFinding(sorted: readonly number[]): Finding {
  const [median = 0, worst = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  const text = `a write is on disk after ${msText(median)} (median of ${sorted.length}; the slowest took ${msText(worst)})`;
  if (median < SLOW_SYNC_MS) return ok('sync', text);
  const wayOut = 'each 200 waits for one: put the data folder on an SSD, or a volume with more operations a second';
  return warning('sync', text, wayOut);
}

function msText(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : Math.round(ms)} ms`;
}

/** What is free, beside the reserve and what retention lets the data grow to. */
export function examineDisk(
  folder: string,
  config: Pick<Config, 'dataDir' | 'storage' | 'retention'>,
): readonly Finding[] {
  const free = freeBytesOf(folder);
  const [findings, inodes] = [free === null ? [] : freeFindings(free, config), inodeFinding(folder)];
  return inodes === null ? findings : [...findings, inodes];
}

function freeFindings(
  free: number,
  { dataDir, storage, retention }: Parameters<typeof examineDisk>[1],
): readonly Finding[] {
  const { reserveBytes } = storage;
  if (free < reserveBytes) {
    const text = `${sizeText(free)} free, less than the reserve of ${sizeText(reserveBytes)}: calls are answered 503`;
    return [
      problem(
        'disk',
        text,
        'make room, lower retention, or give it a larger disk; storage.reserve is what must be free',
      ),
    ];
  }
  const used = usedIn(dataFilesIn(dataDir));
  const limits = [retention.log.bytes, retention.history.bytes, retention.refused.bytes];
  const held = sizeText(used.log + used.history + used.refused);
  const text = `${sizeText(free)} free, the reserve is ${sizeText(reserveBytes)}; the data has ${held}`;
  const wanted = [used.log, used.history, used.refused].reduce(
    (sum, bytes, index) => sum + Math.max(0, (limits[index] ?? 0) - bytes),
    0,
  );
  if (wanted > free - reserveBytes) {
    const missing = sizeText(wanted - (free - reserveBytes));
    const grown = `${text}; retention lets it grow by ${sizeText(wanted)}, which is ${missing} too much`;
    return [warning('disk', grown, 'lower retention.log.size and retention.history.size, or give it a larger disk')];
  }
  const isNarrow = free - reserveBytes < Math.max(reserveBytes, used.log / 10);
  if (isNarrow) return [warning('disk', text, 'make room soon, or set retention.log.size so that old events go first')];
  return [ok('disk', retention.log.bytes === null ? `${text}; its size has no limit but the age of events` : text)];
}

function usedIn(files: DataFiles): { readonly log: number; readonly history: number; readonly refused: number } {
  try {
    const { history, refused } = dataBytes(files);
    return { log: viewSegmentFolder(files.logFolder).bytes(), history, refused };
  } catch {
    return { log: 0, history: 0, refused: 0 };
  }
}

/** Null where the file system has as many as it needs. */
function inodeFinding(folder: string): Finding | null {
  const { files, ffree } = statfsSync(folder);
  if (files === 0) return null;
  const text = `${ffree.toLocaleString('en')} more files can be made`;
  return ffree >= INODES_MIN
    ? ok('files', text)
    : warning('files', text, 'remove files that nobody needs from this disk');
}
