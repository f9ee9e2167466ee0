import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rm,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { assert } from '../../lib/assert.ts';
import type { Position } from '../../domain/event.ts';
import type { Room } from './disk-reserve.ts';
import { freeBytesOf, writeProblem } from './disk-space.ts';
import type { SegmentStamp } from './segment-reader.ts';
import { stampSegment } from './segment-writer.ts';
import { openSqlite, openSqliteReadOnly } from './sqlite.ts';

/** Where a log's segments are kept: one database each, known by its first position. */
export interface SegmentFolder extends Room {
  /** Rising. */
  firsts(): readonly Position[];
  /** How a message names the segment. */
  fileOf(first: Position): string;
  /** Afterwards the segment is there with its stamp; after a failure, or a kill on the way, it is not there at all. */
  create(stamp: SegmentStamp): DatabaseSync;
  openForWriting(first: Position): DatabaseSync;
  /** Null when it is gone. */
  openForReading(first: Position): DatabaseSync | null;
  /** Every connection that was opened is given back here. */
  release(db: DatabaseSync): void;
  /** It is no longer there, also after a kill. The room that it took is free a little later. */
  remove(first: Position): void;
  bytesOf(first: Position): number;
  bytes(): number;
  /** The log came out of a backup and has not gone on since: see `goOnFarAhead`. */
  isRestored(): boolean;
  /** Afterwards it has. */
  clearRestored(): void;
  close(): void;
}

/** Enough for every safe integer, so that names sort like positions. */
const NAME_DIGITS = 16;
const NAME = /^(\d{16})\.db$/;
/** What SQLite puts beside a database in WAL mode. */
const COMPANIONS = ['-wal', '-shm'];
/** Says that the log came out of a backup. */
export const RESTORED_MARK = 'restored';
/** A segment that is being made. */
const UNFINISHED = '.new';
/** One that was removed, while the system frees its room: 60 ms for 256 MiB on ext4, for which no append should wait. */
const REMOVED = '.gone';

/**
 * The writer's view of the folder. What a kill left behind is removed: a segment that was never finished, and
 * companions of one that was being pruned, and one that was pruned.
 */
export function openSegmentFolder(folder: string): SegmentFolder {
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(folder);
  const segments = new Set(names.filter((name) => NAME.test(name)));
  for (const name of names) {
    const owner = name.replace(/-(wal|shm)$/, '');
    const isOrphan = owner !== name && NAME.test(owner) && !segments.has(owner);
    if (isOrphan || owner.endsWith(UNFINISHED) || owner.endsWith(REMOVED)) rmSync(join(folder, name));
  }
  return viewSegmentFolder(folder);
}

/** A reader's view: changes nothing. */
export function viewSegmentFolder(folder: string): SegmentFolder {
  const fileOf = (first: Position): string => join(folder, `${first.toString().padStart(NAME_DIGITS, '0')}.db`);
  return {
    freeBytes: () => freeBytesOf(folder),
    hasRoom: (bytes) => writeProblem(folder, bytes) === null,
    firsts: () => readdirSync(folder).flatMap(firstOf).sort(rising),
    fileOf,
    create: (stamp) => {
      createFile(folder, fileOf(stamp.first), stamp);
      return openSqlite(fileOf(stamp.first), { synchronous: 'full', kind: 'segment' });
    },
    openForWriting: (first) => {
      assert(existsSync(fileOf(first)), 'a segment that is written exists');
      return openSqlite(fileOf(first), { synchronous: 'full', kind: 'segment' });
    },
    openForReading: (first) => (existsSync(fileOf(first)) ? openSqliteReadOnly(fileOf(first)) : null),
    release: (db) => {
      db.close();
    },
    remove: (first) => {
      for (const companion of COMPANIONS) rmSync(fileOf(first) + companion, { force: true });
      if (!existsSync(fileOf(first))) return;
      renameSync(fileOf(first), fileOf(first) + REMOVED);
      // What goes wrong here costs room until the next start.
      rm(fileOf(first) + REMOVED, () => undefined);
    },
    bytesOf: (first) => ['', ...COMPANIONS].reduce((sum, companion) => sum + bytesOf(fileOf(first) + companion), 0),
    bytes: () => {
      const names = readdirSync(folder).filter((name) => !name.endsWith(REMOVED));
      return names.reduce((sum, name) => sum + bytesOf(join(folder, name)), 0);
    },
    isRestored: () => existsSync(join(folder, RESTORED_MARK)),
    clearRestored: () => {
      rmSync(join(folder, RESTORED_MARK), { force: true });
      syncFolder(folder);
    },
    close: () => undefined,
  };
}

/** Segments of a log that lives as long as its process. Everybody shares the one connection that each has. */
export function makeSegmentMemory(): SegmentFolder {
  const segments = new Map<Position, DatabaseSync>();
  const open = (first: Position): DatabaseSync => {
    const db = segments.get(first);
    assert(db !== undefined, 'a segment that is written exists');
    return db;
  };
  return {
    freeBytes: () => null,
    hasRoom: () => true,
    firsts: () => [...segments.keys()].sort(rising),
    fileOf: (first) => `:memory: ${first}`,
    create: (stamp) => {
      const db = openSqlite(':memory:', { synchronous: 'full', kind: 'segment' });
      stampSegment(db, stamp);
      segments.set(stamp.first, db);
      return db;
    },
    openForWriting: open,
    openForReading: (first) => segments.get(first) ?? null,
    release: () => undefined,
    remove: (first) => {
      segments.get(first)?.close();
      segments.delete(first);
    },
    bytesOf: (first) => bytesInMemory(open(first)),
    bytes: () => [...segments.values()].reduce((sum, db) => sum + bytesInMemory(db), 0),
    isRestored: () => false,
    clearRestored: () => undefined,
    close: () => {
      for (const db of segments.values()) db.close();
      segments.clear();
    },
  };
}

/** Made whole under another name, so that no kill and no power cut leaves a half of one under its own. */
function createFile(folder: string, file: string, stamp: SegmentStamp): void {
  const unfinished = file + UNFINISHED;
  for (const companion of ['', ...COMPANIONS]) rmSync(unfinished + companion, { force: true });
  // SQLite says of a file that it cannot make only that it cannot open it; this says why.
  closeSync(openSync(unfinished, 'wx'));
  const db = openSqlite(unfinished, { synchronous: 'full', kind: 'segment' });
  try {
    stampSegment(db, stamp);
  } finally {
    // The last connection of a database copies its write-ahead log into it, syncs and removes it.
    db.close();
  }
  renameSync(unfinished, file);
  syncFolder(folder);
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function firstOf(name: string): Position[] {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? [] : [Number(digits)];
}

function rising(a: number, b: number): number {
  return a - b;
}

/** 0 for a file that was pruned since it was listed. */
function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function bytesInMemory(db: DatabaseSync): number {
  const row = db.prepare('select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()').get();
  return (row as { bytes: number }).bytes;
}
