import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { NewEvent } from '../../domain/event.ts';
import { makeSystemAmbient } from '../system/ambient.ts';
import { openSqliteEventLog, type SqliteEventLog, type SqliteEventLogLimits } from './sqlite-event-log.ts';

const FIRST = '0000000000000001.db';

function makeEvent(messageId: string, fields: Partial<NewEvent> = {}): NewEvent {
  return {
    source: 'src_web',
    type: 'track',
    messageId,
    name: 'Order Completed',
    user: 'user-1',
    receivedAtMs: 1_767_225_600_000,
    integrations: null,
    body: JSON.stringify({ messageId }),
    ...fields,
  };
}

describe('the SQLite event log in its folder', () => {
  let folder: string;
  let log: SqliteEventLog | null;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-log-'));
    log = null;
  });

  afterEach(async () => {
    await log?.close();
    rmSync(folder, { recursive: true });
  });

  async function open(limits: Partial<SqliteEventLogLimits> = {}): Promise<SqliteEventLog> {
    log = await openSqliteEventLog({
      folder,
      ambient: makeSystemAmbient(),
      limits,
      onFailure: (error) => {
        throw error;
      },
    });
    return log;
  }

  async function close(): Promise<void> {
    await log?.close();
    log = null;
  }

  function edit(file: string, sql: string): void {
    const db = new DatabaseSync(join(folder, file));
    db.exec(sql);
    db.close();
  }

  const found = (text: string): string[] =>
    readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(text));

  it('keeps one file per segment, named by its first position, and nothing else once it is closed', async () => {
    const opened = await open({ segmentBytesMax: 1 });
    for (let commit = 0; commit < 11; commit++) await opened.append([makeEvent(`message-${commit}`)]);
    await close();
    assert.deepEqual(
      readdirSync(folder),
      Array.from({ length: 11 }, (_, index) => `${index + 1}`.padStart(16, '0') + '.db'),
    );
  });

  it('leaves no byte of an erased event in any file', async () => {
    const opened = await open({ segmentBytesMax: 200_000 });
    const secret = (number: number): NewEvent =>
      makeEvent(`secretid-${number}`, {
        name: `secretname-${number}`,
        user: `secretuser-${number}`,
        integrations: `{"secretintegration":${number}}`,
        // Short ones share a page, long ones spill over several.
        body: `"secretbody-${number} ${'secretpadding'.repeat(number % 2 === 0 ? 2_000 : 5)}"`,
      });
    for (let number = 1; number <= 60; number += 3) {
      await opened.append([secret(number), secret(number + 1), makeEvent(`plain-${number}`)]);
    }
    const { end } = await opened.extent();
    assert.ok(readdirSync(folder).filter((name) => name.endsWith('.db')).length > 1, 'more than one segment');
    assert.ok(found('secret').length > 0);
    await opened.erase(Array.from({ length: end }, (_, index) => index + 1).filter((position) => position % 3 !== 0));
    assert.deepEqual(found('secret'), []);
    assert.equal((await opened.get([1])).get(1)?.body, '');
    assert.ok(found('plain-58').length > 0);
    await close();
    assert.deepEqual(found('secret'), []);
  });

  it('begins a segment anew whose making was cut short, and drops what pruning left behind', async () => {
    const opened = await open({ segmentBytesMax: 1 });
    await opened.append([makeEvent('a')]);
    await close();
    for (const name of ['0000000000000002.db.new', '0000000000000002.db.new-wal', '0000000000000000.db-shm']) {
      writeFileSync(join(folder, name), 'cut short');
    }
    const reopened = await open({ segmentBytesMax: 1 });
    assert.deepEqual([...(await reopened.append([makeEvent('a'), makeEvent('b')]))], [0, 2]);
    await close();
    const segments = readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name));
    assert.deepEqual(segments, [FIRST, '0000000000000002.db']);
    assert.ok(!readdirSync(folder).includes('0000000000000000.db-shm'));
  });

  it('counts on from the first position of a segment in which nothing is yet', async () => {
    const opened = await open();
    await opened.append([makeEvent('a'), makeEvent('b')]);
    await close();
    writeFileSync(join(folder, '0000000000000003.db'), readFileSync(join(folder, FIRST)));
    edit('0000000000000003.db', 'delete from event; delete from batch; update segment set first = 3');
    const reopened = await open();
    assert.equal((await reopened.extent()).end, 2);
    assert.deepEqual([...(await reopened.append([makeEvent('b'), makeEvent('c')]))], [0, 3]);
  });

  it('goes on in a segment with the pages that it was made with, and makes the next one with its own', async () => {
    const pageBytes = (file: string): number => readFileSync(join(folder, file)).readUInt16BE(16);
    const opened = await open();
    await opened.append([makeEvent('message-1')]);
    await close();
    assert.equal(pageBytes(FIRST), 8_192);
    edit(FIRST, 'pragma journal_mode = delete; pragma page_size = 4096; vacuum;');
    const reopened = await open({ segmentBytesMax: 100_000 });
    const body = 'x'.repeat(10_000);
    for (let n = 2; n <= 20; n++) await reopened.append([makeEvent(`message-${n}`, { body })]);
    const { events } = await reopened.read({ after: 0, eventsMax: 100, charsMax: Infinity });
    assert.deepEqual(
      events.map(({ messageId }) => messageId),
      Array.from({ length: 20 }, (_, index) => `message-${index + 1}`),
    );
    await close();
    const segments = readdirSync(folder).filter((name) => name.endsWith('.db'));
    assert.ok(segments.length > 1);
    for (const file of segments) assert.equal(pageBytes(file), file === FIRST ? 4_096 : 8_192);
  });

  it('refuses a segment that a newer program wrote', async () => {
    await open();
    await close();
    edit(FIRST, 'pragma user_version = 99');
    await assert.rejects(open(), { code: 'folder_too_new', message: /0000000000000001\.db .*schema 99/ });
  });

  it('refuses a damaged segment, and names it', async () => {
    const opened = await open({ segmentBytesMax: 1 });
    await opened.append([makeEvent('a')]);
    await opened.append([makeEvent('b')]);
    await close();
    writeFileSync(join(folder, FIRST), 'this is no database, however long one looks at it');
    await assert.rejects(open(), { code: 'file_corrupt', message: /0000000000000001\.db is damaged/ });
  });

  it('refuses a segment of another log, and one under a wrong name', async () => {
    const opened = await open();
    await opened.append([makeEvent('a')]);
    await close();
    const whole = readFileSync(join(folder, FIRST));
    writeFileSync(join(folder, '0000000000000002.db'), whole);
    await assert.rejects(open(), { code: 'file_corrupt', message: /its name says that it begins at 2/ });
    edit('0000000000000002.db', 'update segment set first = 2, epoch = epoch + 1');
    await assert.rejects(open(), { code: 'file_corrupt', message: /0000000000000001\.db .*another log/ });
  });

  it('says of a damaged page that the file is damaged, when it comes to it', async () => {
    const opened = await open();
    for (let commit = 0; commit < 50; commit++) {
      await opened.append([makeEvent(`message-${commit}`, { body: JSON.stringify('x'.repeat(3_000)) })]);
    }
    await close();
    const bytes = readFileSync(join(folder, FIRST));
    bytes.fill(0xff, 20 * 4_096, 40 * 4_096);
    writeFileSync(join(folder, FIRST), bytes);
    const reopened = await open();
    const read = reopened.read({ sources: new Set(['src_web']), after: 0, eventsMax: 100, charsMax: 1e9 });
    await assert.rejects(read, { code: 'file_corrupt', message: /0000000000000001\.db is damaged/ });
  });

  it('rejects what waits when its writer fails, tells of it once, and can still be closed', async () => {
    const failures: unknown[] = [];
    const onFailure = (error: unknown): void => void failures.push(error);
    const failing = await openSqliteEventLog({ folder, ambient: makeSystemAmbient(), onFailure });
    await failing.append([makeEvent('a')]);
    edit(FIRST, 'drop table event');
    await assert.rejects(failing.append([makeEvent('b')]), /no such table/);
    await assert.rejects(failing.append([makeEvent('c')]), /no such table/);
    assert.equal(failures.length, 1);
    await failing.close();
  });
});
