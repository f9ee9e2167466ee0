import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { crm, website } from '../../../test/conformance/workspace-store.suite.ts';
import { boxOf, testBox } from '../../../test/support/workspace.ts';
import type { Destination } from '../../domain/destination.ts';
import { maskedDestination } from '../../domain/destination-secrets.ts';
import type { WorkspaceStore } from '../../ports/workspace-store.ts';
import { openSqliteAuditTrail } from './audit-trail.ts';
import { takeSnapshot } from './copy-database.ts';
import { openSqliteReadOnly } from './sqlite.ts';
import { openSqliteWorkspaceStore, readSqliteWorkspace, type WorkspaceStoreOptions } from './workspace-store.ts';

const MIGRATIONS = join(import.meta.dirname, 'migrations/workspace');

let folder: string;
let file: string;

/** Gives each test of the describe that calls it a folder. */
function withFolder(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-sealed-'));
    file = join(folder, 'workspace.db');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
}

function open(more: Partial<WorkspaceStoreOptions> = {}): WorkspaceStore {
  return openSqliteWorkspaceStore({ file, box: testBox, ...more });
}

async function openAndClose(more: Partial<WorkspaceStoreOptions> = {}): Promise<readonly Destination[]> {
  const store = open(more);
  const { destinations } = store.current();
  await store.close();
  return destinations;
}

/** All bytes of the database and of what SQLite has beside it, each as a character. */
function bytes(): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('');
}

/** What of the secrets of `crm` is in them. */
function secretsLeft(): readonly string[] {
  return bytes().match(/keep-me[\w-]{0,9}|growth-token/g) ?? [];
}

function change(sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

/** A file as the version before wrote it: in clear, with a trail of versions, and with what was deleted left in it. */
function writeOldFile(): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec('pragma journal_mode = wal; pragma secure_delete = off; pragma wal_autocheckpoint = 10');
  for (const name of ['0001-workspace.sql', '0002-secret-rotation.sql'])
    db.exec(readFileSync(join(MIGRATIONS, name), 'utf8'));
  const put = db.prepare('insert or replace into destination (id, document) values (?, ?)');
  for (let round = 0; round < 20; round++) {
    const gone = { ...crm, id: 'gone', sharedSecret: `keep-me-${round}-${'x'.repeat(3_000)}` };
    put.run('gone', JSON.stringify(gone));
    put.run('crm', JSON.stringify(crm));
  }
  db.exec("delete from destination where id = 'gone'");
  const note = db.prepare('insert into audit values (?, ?, ?, ?)');
  const masked = maskedDestination(crm);
  const changes = [
    { putSources: [website], deleteSources: [], putDestinations: [masked], deleteDestinations: [] },
    { putDestinations: [{ ...masked, name: 'Z\u00fc\ud83d\ude00' }] },
    { deleteSources: ['website', 'never-there'], putSources: [website] },
    { deleteDestinations: ['crm'] },
    { putDestinations: [masked] },
    {},
  ];
  for (const [index, each] of changes.entries()) note.run(index + 1, 100 + index, 'ann', JSON.stringify(each));
  db.exec('update workspace set version = 6; pragma user_version = 2');
  return db;
}

describe('secrets in the file of a workspace', () => {
  withFolder();

  it('are sealed, in the file and its write-ahead log, before and after it is closed', async () => {
    const store = open();
    await store.commit({ putSources: [website], putDestinations: [crm] }, 0, 'ann', 1);
    await store.commit({ putDestinations: [{ ...crm, sharedSecret: 'keep-me-newer' }] }, 1, 'ann', 2);
    for (const text of ['sealed:v1:', 'https://a.example']) assert.ok(bytes().includes(text), text);
    assert.deepEqual(secretsLeft(), []);
    await store.close();
    assert.deepEqual(secretsLeft(), []);
    assert.deepEqual(await openAndClose(), [{ ...crm, sharedSecret: 'keep-me-newer' }]);
  });

  it('are each sealed for their place: swapped, they do not open', async () => {
    const store = open();
    await store.commit({ putDestinations: [crm, { ...crm, id: 'other' }] }, 0, 'ann', 1);
    await store.close();
    const secretOf = (id: string): string => `(select document ->> 'sharedSecret' from destination where id = '${id}')`;
    change(`update destination set document = json_set(document, '$.sharedSecret', ${secretOf('crm')})`);
    const reason = 'destination/other/sharedSecret is not as it was sealed';
    assert.throws(() => open(), { code: 'file_corrupt', details: { file, reason } });
  });

  it('are never taken in clear once they are sealed, whatever they begin with', async () => {
    const odd = { ...crm, sharedSecret: testBox.seal('x', 'elsewhere'), nextSecret: 'sealed:v1:AAAA' };
    const store = open();
    await store.commit({ putDestinations: [odd] }, 0, 'ann', 1);
    await store.close();
    assert.deepEqual(await openAndClose(), [odd]);
    change("update destination set document = json_set(document, '$.sharedSecret', 'planted')");
    assert.throws(() => open(), { code: 'file_corrupt' });
  });

  it('stay shut, and as they are, with another key', async () => {
    const store = open();
    await store.commit({ putDestinations: [crm] }, 0, 'ann', 1);
    await store.close();
    const before = bytes();
    assert.throws(() => open({ box: boxOf(2) }), { code: 'secrets_key_wrong', details: { key: 'key 2' } });
    assert.throws(() => open({ box: boxOf(2), previousBox: boxOf(3) }), { details: { key: 'key 3' } });
    assert.equal(bytes(), before);
    // Also where there are none yet: the next one to be written would be the only one with that key.
    const empty = join(folder, 'empty.db');
    await openSqliteWorkspaceStore({ file: empty, box: testBox }).close();
    assert.throws(() => openSqliteWorkspaceStore({ file: empty, box: boxOf(2) }), { code: 'secrets_key_wrong' });
  });
});

describe('a file that an older version wrote in clear', () => {
  withFolder();

  it('is sealed when it is opened, and nothing in clear is left in it', async () => {
    writeOldFile().close();
    assert.notDeepEqual(secretsLeft(), []);
    const store = open();
    assert.deepEqual(store.current().destinations, [crm]);
    assert.equal(store.current().version, 6);
    assert.deepEqual(secretsLeft(), []);
    await store.close();
    assert.deepEqual(secretsLeft(), []);
    assert.deepEqual(await openAndClose(), [crm]);
  });

  it('is so also when it was left by a crash, with all of it in the write-ahead log', async () => {
    // Its connection stays open, as that of a process that was killed would never have been closed.
    const left = writeOldFile();
    const reader = takeSnapshot(file);
    assert.ok(readFileSync(`${file}-wal`).includes('growth-token'));
    reader?.release();
    const store = open();
    assert.deepEqual(secretsLeft(), []);
    await store.close();
    left.close();
    assert.deepEqual(secretsLeft(), []);
  });

  it('is gone on with where a crash came after sealing and before it was written anew', async () => {
    writeOldFile().close();
    await openAndClose();
    change(`pragma secure_delete = off; create table left (text); insert into left values ('keep-me-left');
      drop table left; update seal set is_clean = 0`);
    assert.ok(bytes().includes('keep-me-left'));
    assert.deepEqual(await openAndClose(), [crm]);
    assert.deepEqual(secretsLeft(), []);
  });

  it('is sealed anew where a crash came before that was committed', async () => {
    const db = writeOldFile();
    const migrations = readdirSync(MIGRATIONS).toSorted();
    for (const name of migrations.slice(2)) db.exec(readFileSync(join(MIGRATIONS, name), 'utf8'));
    db.exec(`pragma user_version = ${migrations.length}`);
    db.exec(`begin; update destination set document = '{}'; rollback`);
    db.close();
    assert.deepEqual(await openAndClose(), [crm]);
    assert.deepEqual(secretsLeft(), []);
  });

  it('is written anew later where another program reads it', async () => {
    writeOldFile().close();
    const backup = takeSnapshot(file);
    const store = open();
    assert.deepEqual(store.current().destinations, [crm]);
    assert.notDeepEqual(secretsLeft(), []);
    backup?.release();
    await store.close();
    assert.deepEqual(secretsLeft(), []);
  });

  it('keeps its audit trail, an entry for each thing that was touched', async () => {
    writeOldFile().close();
    await openAndClose();
    const trail = openSqliteAuditTrail({ file });
    const entries = (await trail.list({ max: 100 })).toReversed();
    await trail.close();
    assert.deepEqual(
      entries.map(({ version, atMs, by, action, subject }) => `${version} ${atMs} ${by} ${action} ${subject}`),
      [
        '1 100 ann source.create website',
        '1 100 ann destination.create crm',
        '2 101 ann destination.update crm',
        '3 102 ann source.delete website',
        '3 102 ann source.create website',
        '4 103 ann destination.delete crm',
        '5 104 ann destination.create crm',
      ],
    );
    const [first, created, updated, deleted] = entries;
    assert.deepEqual([first?.before, first?.after], [null, website]);
    assert.deepEqual(updated?.before, created?.after);
    assert.equal(updated?.after?.['name'], 'Z\u00fc\ud83d\ude00');
    assert.deepEqual([deleted?.before, deleted?.after], [website, null]);
  });
});

describe('another key', () => {
  withFolder();

  it('takes the place of the one before, and nothing that this had sealed is left', async () => {
    const store = open();
    await store.commit({ putDestinations: [crm] }, 0, 'ann', 1);
    await store.close();
    const [old] = /sealed:v1:[\w-]{40,}/.exec(bytes()) ?? [''];
    assert.deepEqual(await openAndClose({ box: boxOf(2), previousBox: testBox }), [crm]);
    assert.ok(old !== '' && !bytes().includes(old));
    assert.throws(() => open(), { code: 'secrets_key_wrong' });
    // The one before may still be named, and is not asked for.
    for (const previousBox of [testBox, boxOf(3), null]) {
      assert.deepEqual(await openAndClose({ box: boxOf(2), previousBox }), [crm]);
    }
  });

  it('may be named at the first start as well', async () => {
    writeOldFile().close();
    assert.deepEqual(await openAndClose({ previousBox: boxOf(3) }), [crm]);
  });
});

describe('a workspace that is only read', () => {
  withFolder();

  it('is as it is now, beside a Sluice that has it open, and is not changed', async () => {
    assert.equal(readSqliteWorkspace(file, testBox), null);
    const store = open();
    await store.commit({ putSources: [website], putDestinations: [crm] }, 0, 'ann', 1);
    const before = bytes();
    assert.deepEqual(readSqliteWorkspace(file, testBox), store.current());
    assert.throws(() => readSqliteWorkspace(file, boxOf(2)), { code: 'secrets_key_wrong' });
    assert.equal(bytes(), before);
    await store.close();
    assert.deepEqual(readSqliteWorkspace(file, testBox)?.destinations, [crm]);
  });

  it('has to be brought up to date first', () => {
    writeOldFile().close();
    assert.throws(() => readSqliteWorkspace(file, testBox), { code: 'folder_too_old' });
    const db = openSqliteReadOnly(file);
    assert.deepEqual({ ...db.prepare('pragma user_version').get() }, { user_version: 2 });
    db.close();
  });
});
