import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { SegmentReader } from '../adapters/sql/segment-reader.ts';
import { viewSegmentFolder } from '../adapters/sql/segment-folder.ts';
import { isoOf } from '../domain/timestamp.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** Within which receivers take a timestamp is five minutes; a tenth of it is nobody's drift. */
const AHEAD_MS_MAX = 30_000;
const ASK_MS = 2_000;

export interface ClockParts {
  /** Null where there is none. */
  readonly logFolder: string | null;
  /** When the file system says that a file was made now, and when that was; null where none could be made. */
  readonly stamped: { readonly fileMs: number; readonly nowMs: number } | null;
  readonly nowMs: number;
}

/**
 * The clock, judged by what is on this machine: nobody else is asked. Timestamps of signatures are wrong where it is, and
 * nothing is pruned by age while it leaps.
 */
export async function examineClock({ logFolder, stamped, nowMs }: ClockParts): Promise<readonly Finding[]> {
  const found = [
    await synchronisation(nowMs),
    logFolder === null ? null : againstLog(logFolder, nowMs),
    againstFiles(stamped),
  ];
  return found.filter((each) => each !== null);
}

async function synchronisation(nowMs: number): Promise<Finding> {
  const now = isoOf(nowMs);
  // Written by systemd-timesyncd once it has set the clock.
  if (existsSync('/run/systemd/timesync/synchronized')) return ok('clock', `${now}, set by a time server`);
  const said = await asked('timedatectl', ['show', '--property=NTPSynchronized', '--value']);
  if (said === 'yes') return ok('clock', `${now}, set by a time server`);
  if (said === 'no') {
    return warning(
      'clock',
      `${now}, and no time server sets it`,
      'have one set it: timedatectl set-ntp true, or chrony',
    );
  }
  return ok('clock', `${now}; whether a time server sets it cannot be told here (a container has its host's)`);
}

async function asked(program: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: ASK_MS });
    return stdout.trim();
  } catch {
    return null;
  }
}

/** What was accepted last cannot have been accepted later than now. */
function againstLog(folder: string, nowMs: number): Finding | null {
  const latestMs = latestIn(folder);
  if (latestMs === null) return null;
  const aheadMs = latestMs - nowMs;
  const at = isoOf(latestMs);
  if (aheadMs < AHEAD_MS_MAX) return ok('clock and log', `the newest event is of ${at}`);
  return problem(
    'clock and log',
    `the newest event is of ${at}, which is yet to come: the clock was ahead then, or is behind now`,
    'set the clock; until it has caught up, nothing is forgotten by its age',
  );
}

function latestIn(folder: string): number | null {
  try {
    const segments = viewSegmentFolder(folder);
    const newest = segments.firsts().at(-1);
    const db = newest === undefined ? null : segments.openForReading(newest);
    if (newest === undefined || db === null) return null;
    try {
      return new SegmentReader(db, segments.fileOf(newest)).latestAtMs();
    } finally {
      db.close();
    }
  } catch {
    // What is wrong with the log itself is not for its clock to say.
    return null;
  }
}

/** A file system on another machine has that one's clock. */
function againstFiles(stamped: ClockParts['stamped']): Finding | null {
  if (stamped === null) return null;
  const offMs = Math.abs(stamped.fileMs - stamped.nowMs);
  if (offMs < AHEAD_MS_MAX) return null;
  return warning(
    'clock and files',
    `the file system's clock is ${Math.round(offMs / 1_000)} s off this machine's`,
    'one of the two is wrong: set both by a time server',
  );
}
