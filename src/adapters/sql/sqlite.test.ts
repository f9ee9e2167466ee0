import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { inTransaction, isDiskFull, newestSchemaOf, openSqlite, openSqliteReadOnly, sqliteCodeOf } from './sqlite.ts';

const options = { synchronous: 'full', kind: 'workspace' } as const;

describe('a database file', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-sqlite-'));
    file = join(folder, 'some.db');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('is created with all migrations of its kind, and keeps what it holds when it is opened again', () => {
    const first = openSqlite(file, options);
    first.exec('update workspace set version = 7');
    first.close();
    const second = openSqlite(file, options);
    assert.equal(second.prepare('select version from workspace').get()?.['version'], 7);
    second.close();
  });

  it('syncs as it is asked to, and writes ahead', () => {
    for (const [synchronous, code] of [
      ['full', 2],
      ['normal', 1],
    ] as const) {
      const db = openSqlite(file, { ...options, synchronous });
      assert.equal(db.prepare('pragma synchronous').get()?.['synchronous'], code);
      assert.equal(db.prepare('pragma journal_mode').get()?.['journal_mode'], 'wal');
      db.close();
    }
  });

  it('of a newer schema is refused and left as it is', () => {
    const newer = new DatabaseSync(file);
    newer.exec('create table of_tomorrow (x); pragma user_version = 99;');
    newer.close();
    assert.throws(() => openSqlite(file, options), {
      code: 'folder_too_new',
      details: { file, found: 99, known: newestSchemaOf('workspace') },
    });
    const left = new DatabaseSync(file, { readOnly: true });
    assert.deepEqual(left.prepare('select name from sqlite_schema').all().length, 1);
    left.close();
  });

  it('that is none is refused as damaged, with its name, and left as it is', () => {
    const text = 'this was never a database'.repeat(100);
    writeFileSync(file, text);
    assert.throws(() => openSqlite(file, options), { code: 'file_corrupt', message: /some\.db is damaged/ });
    assert.equal(readFileSync(file, 'utf8'), text);
  });

  it('where there cannot be one is refused as not writable', () => {
    const nowhere = join(folder, 'none', 'some.db');
    assert.throws(() => openSqlite(nowhere, options), { code: 'folder_not_writable' });
  });

  it('opened for reading sees what the writer commits, and cannot write', () => {
    const writer = openSqlite(file, options);
    const reader = openSqliteReadOnly(file);
    writer.exec('update workspace set version = 3');
    assert.equal(reader.prepare('select version from workspace').get()?.['version'], 3);
    assert.throws(() => {
      reader.exec('update workspace set version = 4');
    }, /readonly/);
    reader.close();
    writer.close();
  });
});

describe('a transaction', () => {
  let db: DatabaseSync;
  const version = (): unknown => db.prepare('select version from workspace').get()?.['version'];

  beforeEach(() => {
    db = openSqlite(':memory:', options);
  });
  afterEach(() => {
    db.close();
  });

  it('answers what is written in it', () => {
    const answer = inTransaction(db, () => db.prepare('update workspace set version = 5').run().changes);
    assert.equal(answer, 1);
    assert.equal(version(), 5);
    assert.equal(db.isTransaction, false);
  });

  it('that fails is undone, with the error as it was', () => {
    const error = new Error('half way');
    const attempt = (): void => {
      inTransaction(db, () => {
        db.exec('update workspace set version = 5');
        throw error;
      });
    };
    assert.throws(attempt, error);
    assert.equal(version(), 0);
    assert.equal(db.isTransaction, false);
  });

  it('that meets a full disk is undone and known as such', () => {
    const { page_count: pages } = db.prepare('pragma page_count').get()!;
    db.exec(`pragma max_page_count = ${Number(pages)}`);
    const large = 'x'.repeat(1_000_000);
    const write = (): unknown =>
      inTransaction(db, () => db.prepare("insert into source (id, document) values ('a', ?)").run(large));
    assert.throws(write, (error) => isDiskFull(error, db));
    assert.equal(db.isTransaction, false);
    assert.equal(db.prepare('select count(*) as n from source').get()?.['n'], 0);
  });

  it("tells SQLite's errors, by their primary code, from others", () => {
    const duplicate = (): void => {
      db.exec("insert into source (id, document) values ('a', ''), ('a', '')");
    };
    assert.throws(duplicate, (error) => sqliteCodeOf(error) === 19 /* SQLITE_CONSTRAINT */);
    assert.equal(sqliteCodeOf(new Error('no')), null);
    assert.equal(isDiskFull(new Error('no'), db), false);
  });
});
