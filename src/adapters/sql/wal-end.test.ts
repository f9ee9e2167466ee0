import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { hasLostCommits } from './wal-end.ts';

const HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4_096;

describe('the end of a write-ahead log', () => {
  let folder: string;
  let killed: string;

  /** Ten commits of about two frames each, none of them copied into the file, as a kill leaves them. */
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-wal-'));
    const file = join(folder, 'live.db');
    killed = join(folder, 'killed.db');
    const db = new DatabaseSync(file);
    db.exec('pragma journal_mode = wal; create table t (x); pragma wal_checkpoint(truncate);');
    for (let commit = 0; commit < 10; commit++) db.exec('insert into t values (zeroblob(3000))');
    for (const companion of ['', '-wal']) copyFileSync(file + companion, killed + companion);
    db.close();
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** What the check says, and how many commits SQLite still finds. */
  function looked(change: (wal: Buffer) => Buffer): readonly [hasLost: boolean, commits: unknown] {
    writeFileSync(`${killed}-wal`, change(readFileSync(`${killed}-wal`)));
    const db = new DatabaseSync(killed);
    const commits = db.prepare('select count(*) as n from t').get()?.['n'];
    const hasLost = hasLostCommits(db, killed);
    db.close();
    return [hasLost, commits];
  }

  it('is whole after a kill', () => {
    assert.deepEqual(
      looked((wal) => wal),
      [false, 10],
    );
  });

  it('is whole where a power cut left half a commit', () => {
    assert.deepEqual(
      looked((wal) => wal.subarray(0, wal.length - FRAME_BYTES / 2)),
      [false, 9],
    );
  });

  it('is whole where frames of an earlier use of the file follow', () => {
    const db = new DatabaseSync(killed);
    db.exec('pragma wal_checkpoint(full); insert into t values (1);');
    const wal = readFileSync(`${killed}-wal`);
    assert.ok(wal.length > HEADER_BYTES + 4 * FRAME_BYTES);
    assert.equal(hasLostCommits(db, killed), false);
    db.close();
  });

  it('is lost behind garbage in the middle, which SQLite does not tell', () => {
    const [hasLost, commits] = looked((wal) =>
      wal.fill(0xa5, HEADER_BYTES + 3 * FRAME_BYTES, HEADER_BYTES + 4 * FRAME_BYTES),
    );
    assert.equal(hasLost, true);
    assert.ok(Number(commits) < 10);
  });

  it('is lost with the first word of its header', () => {
    assert.equal(looked((wal) => wal.fill(0xa5, 0, 4))[0], true);
  });

  it('is lost with a salt of its header', () => {
    assert.equal(looked((wal) => wal.fill(0xa5, 16, 24))[0], true);
  });
});
