import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Position } from '../../domain/event.ts';
import { assert } from '../../lib/assert.ts';
import { copyQuiet, copySnapshot, type CopyWatch, takeSnapshot } from './copy-database.ts';
import { RESTORED_MARK, type SegmentFolder, viewSegmentFolder } from './segment-folder.ts';
import { SegmentReader } from './segment-reader.ts';
import { openSqliteImmutable } from './sqlite.ts';

/** What is done with each file, by name. */
export interface LogCopyOptions {
  readonly watch: (name: string) => CopyWatch;
  readonly complete: (name: string) => Promise<void>;
  /** It was complete, and is taken out again. */
  readonly forget: (name: string) => void;
}

const RESTORED_TEXT = `This log came out of a backup. Sluice goes on far ahead of it at its next start, so that no event id is given
twice, and then removes this file. See "Backup and restore" in docs/operating.md.
`;

/**
 * The log's part of a backup: its segments from the oldest on, while it grows and is pruned.
 *
 * Only the newest segment is written. The others are copied without hurry; what became one of them meanwhile is looked
 * for again until nothing is left but the newest, which is copied as of one moment. Should it end and another begin in
 * between, the backup ends there: what it holds is the log up to some position, without a gap.
 */
export class LogCopy {
  readonly #source: SegmentFolder;
  readonly #target: SegmentFolder;
  readonly #targetPath: string;
  readonly #options: LogCopyOptions;
  readonly #copied = new Set<Position>();

  constructor(source: string, target: string, options: LogCopyOptions) {
    this.#source = viewSegmentFolder(source);
    this.#target = viewSegmentFolder(target);
    this.#targetPath = target;
    this.#options = options;
  }

  async run(): Promise<void> {
    for (let first = this.#nextFinished(); first !== undefined; first = this.#nextFinished()) await this.#copy(first);
    await this.#copyNewest();
    this.#forgetPruned();
    await writeFile(join(this.#targetPath, RESTORED_MARK), RESTORED_TEXT, { mode: 0o600 });
    await this.#options.complete(RESTORED_MARK);
  }

  /** Where the copy ends. */
  end(): { readonly epoch: number; readonly end: Position; readonly endAtMs: number | null } {
    const newest = this.#target.firsts().at(-1);
    assert(newest !== undefined, 'a copy holds at least one segment');
    const file = this.#target.fileOf(newest);
    const segment = new SegmentReader(openSqliteImmutable(file), file);
    try {
      const endAtMs = segment.latestAtMs() ?? this.#latestBefore(newest);
      return { epoch: segment.stamp().epoch, end: segment.last() ?? newest - 1, endAtMs };
    } finally {
      segment.db.close();
    }
  }

  /** The oldest segment that is written no more and not copied yet. */
  #nextFinished(): Position | undefined {
    return this.#source
      .firsts()
      .slice(0, -1)
      .find((first) => !this.#copied.has(first));
  }

  async #copy(first: Position): Promise<void> {
    // Also when it is gone: it need not be looked for again.
    this.#copied.add(first);
    const file = this.#source.fileOf(first);
    const target = this.#target.fileOf(first);
    if (await copyQuiet(file, target, this.#options.watch(basename(file))))
      await this.#options.complete(basename(file));
  }

  /** Pruning may take also the newest, after another has begun. */
  async #copyNewest(): Promise<void> {
    const first = this.#source.firsts().at(-1);
    assert(first !== undefined, 'a log has at least one segment');
    const file = this.#source.fileOf(first);
    const snapshot = takeSnapshot(file);
    if (snapshot === null) {
      await this.#copyNewest();
      return;
    }
    try {
      await copySnapshot(snapshot, this.#target.fileOf(first), this.#options.watch(basename(file)));
    } finally {
      snapshot.release();
    }
    this.#copied.add(first);
    await this.#options.complete(basename(file));
  }

  /** What was pruned since it was copied: kept, it would stand before a gap of those that were pruned uncopied. */
  #forgetPruned(): void {
    const [oldest = 0] = this.#source.firsts();
    const copied = this.#target.firsts();
    const pruned = copied.filter((first) => first < oldest && first !== copied.at(-1));
    for (const first of pruned) {
      const file = this.#target.fileOf(first);
      rmSync(file);
      this.#options.forget(basename(file));
    }
  }

  #latestBefore(newest: Position): number | null {
    const before = this.#target.firsts().findLast((first) => first < newest);
    if (before === undefined) return null;
    const file = this.#target.fileOf(before);
    const segment = new SegmentReader(openSqliteImmutable(file), file);
    try {
      return segment.latestAtMs();
    } finally {
      segment.db.close();
    }
  }
}
