import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { NewEvent } from '../../domain/event.ts';
import { makeSystemAmbient } from '../system/ambient.ts';
import { type BackupSummary, backUp, type CopyProgress } from './backup.ts';
import type { BackupManifest, KeyPlace } from './backup-manifest.ts';
import { takeSnapshot } from './copy-database.ts';
import { openSqliteDeliveryStore } from './delivery-store.ts';
import { LogWriter } from './log-writer.ts';
import { restore, type RestoreSummary } from './restore.ts';
import { openSegmentFolder } from './segment-folder.ts';
import { openSqlite } from './sqlite.ts';
import { openSqliteEventLog, type SqliteEventLog } from './sqlite-event-log.ts';
import { openWorkspace } from '../../../test/support/workspace.ts';

const ambient = makeSystemAmbient();
/** What there is to know of the key, which is the part of whoever has the box. */
let keyPlace: KeyPlace = 'none';
const keyPlaceOf = (): KeyPlace => keyPlace;
const NEVER = new AbortController().signal;
/** To let a thread wait that has nothing to wait for. */
const CLOCK = new Int32Array(new SharedArrayBuffer(4));

let parent: string;
let folder: string;
let log: SqliteEventLog;
let eventsMade = 0;

/** Gives each test of the describe that calls it a data folder, with a log that is open. */
function withFolder(): void {
  beforeEach(async () => {
    parent = mkdtempSync(join(tmpdir(), 'sluice-backup-'));
    folder = join(parent, 'data');
    mkdirSync(folder);
    await openWorkspace(join(folder, 'workspace.db')).close();
    await openSqliteDeliveryStore({ file: join(folder, 'delivery.db'), nowMs: 0 }).close();
    log = await openLog(folder);
  });
  afterEach(async () => {
    await log.close();
    rmSync(parent, { recursive: true });
  });
}

/** They take one commit. */
const TINY_SEGMENTS = { segmentBytesMax: 1 };

async function openLog(dataFolder: string): Promise<SqliteEventLog> {
  const onFailure = (error: unknown): void => {
    throw error;
  };
  return openSqliteEventLog({ folder: join(dataFolder, 'log'), ambient, limits: TINY_SEGMENTS, onFailure });
}

function makeEvent(): NewEvent {
  const messageId = `message-${eventsMade++}`;
  return {
    ...{ source: 'web', type: 'track', messageId, name: null, user: null, receivedAtMs: ambient.nowMs() },
    integrations: null,
    body: JSON.stringify({ messageId }),
  };
}

/** So many segments of an event each. */
async function append(count: number): Promise<void> {
  for (let made = 0; made < count; made++) await log.append([makeEvent()]);
}

async function backUpTo(
  name: string,
  onProgress: (progress: CopyProgress) => void = () => undefined,
  signal = NEVER,
): Promise<BackupSummary> {
  return backUp({ folder, target: join(parent, name), version: '0.1.0', keyPlaceOf, ambient, signal, onProgress });
}

async function restoreFrom(name: string, target = 'restored'): Promise<RestoreSummary> {
  return restore({
    from: join(parent, name),
    folder: join(parent, target),
    signal: NEVER,
    onProgress: () => undefined,
  });
}

async function restoredPositions(name: string): Promise<number[]> {
  await restoreFrom(name);
  const restored = await openLog(join(parent, 'restored'));
  const { events } = await restored.read({ sources: new Set(['web']), after: 0, eventsMax: 1_000, charsMax: 1e9 });
  await restored.close();
  return events.map(({ position }) => position);
}

function countTo(end: number): number[] {
  return Array.from({ length: end }, (_, index) => index + 1);
}

function manifestOf(name: string): BackupManifest {
  return JSON.parse(readFileSync(join(parent, name, 'backup.json'), 'utf8')) as BackupManifest;
}

describe('a backup', () => {
  withFolder();

  it('copies the delivery store first and the log last, its segments from the oldest on', async () => {
    await append(3);
    writeFileSync(join(folder, 'admin.token'), 'secret');
    writeFileSync(join(folder, 'secrets.key'), 'another secret');
    const completed: string[] = [];
    await backUpTo('backup', ({ path, isComplete }) => isComplete && completed.push(path));
    assert.deepEqual(completed, [
      ...['delivery.db', 'workspace.db', 'admin.token', 'secrets.key'],
      ...[1, 2, 3].map((first) => `log/${first.toString().padStart(16, '0')}.db`),
      'log/restored',
    ]);
    assert.deepEqual(
      manifestOf('backup').files.map(({ path }) => path),
      completed,
    );
    assert.ok(!readdirSync(parent).some((name) => name.includes('unfinished')));
  });

  it('is of the moment at which it begins in the stores, and of a later one in the log', async () => {
    await append(2);
    const store = openSqlite(join(folder, 'delivery.db'), { synchronous: 'normal', kind: 'delivery' });
    const appended: Promise<void>[] = [];
    const told: CopyProgress[] = [];
    await backUpTo('backup', (progress) => {
      if (told.push(progress) > 1) return;
      store.exec("insert into lane (name, floor) values ('late', 3)");
      appended.push(append(1));
    });
    store.close();
    await Promise.all(appended);
    await restoreFrom('backup');
    const restored = openSqliteDeliveryStore({ file: join(parent, 'restored/delivery.db'), nowMs: 0 });
    assert.deepEqual([...(await restored.floors())], []);
    await restored.close();
  });

  it('holds the log without a gap while segments begin', async () => {
    await append(5);
    await log.close();
    // A writer in this thread, so that a segment begins at the very moment.
    const limits = { ...TINY_SEGMENTS, segmentMs: Infinity, dedupeMs: Infinity, dedupeKeysMax: 100, reserveBytes: 0 };
    const writer = new LogWriter(openSegmentFolder(join(folder, 'log')), limits, ambient.nowMs());
    let appended = 0;
    const { end } = await backUpTo('backup', ({ path }) => {
      if (path.startsWith('log/0') && appended++ < 20) writer.append([makeEvent()], ambient.nowMs());
    });
    writer.close();
    log = await openLog(folder);
    assert.ok(end > 5, `up to ${end}`);
    assert.equal(manifestOf('backup').end, end);
    assert.deepEqual(await restoredPositions('backup'), countTo(end));
  });

  it('leaves out what is pruned while it is made, copied already or not', async () => {
    await append(10);
    const pruned: Promise<void>[] = [];
    const third = 'log/0000000000000003.db';
    await backUpTo('backup', ({ path, isComplete }) => {
      if (path !== third || !isComplete) return;
      pruned.push(log.prune(7));
      // The writer has a thread of its own, and is to be done before the next segment is looked for.
      while (existsSync(join(folder, 'log/0000000000000006.db'))) Atomics.wait(CLOCK, 0, 0, 1);
    });
    await Promise.all(pruned);
    assert.deepEqual(await restoredPositions('backup'), [7, 8, 9, 10]);
    assert.ok(!manifestOf('backup').files.some(({ path }) => path === third));
  });

  it('does not hold up an append that begins a segment', async () => {
    await append(1);
    const snapshot = takeSnapshot(join(folder, 'log/0000000000000001.db'));
    const startedAtMs = ambient.elapsedMs();
    await append(1);
    const tookMs = ambient.elapsedMs() - startedAtMs;
    snapshot?.release();
    assert.ok(tookMs < 2_500, `${tookMs} ms, where a checkpoint that waits for its readers takes 5 s`);
  });

  it('says in its manifest and its summary what it holds', async () => {
    await append(2);
    const summary = await backUpTo('backup');
    const { version, takenAt, epoch, end, files } = manifestOf('backup');
    assert.deepEqual({ version, epoch, end }, { version: '0.1.0', epoch: log.epoch, end: 2 });
    assert.ok(Math.abs(Date.parse(takenAt) - ambient.nowMs()) < 60_000);
    assert.deepEqual(
      { files: summary.files, bytes: summary.bytes, end: summary.end },
      { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), end: 2 },
    );
    assert.ok(Math.abs((summary.endAtMs ?? 0) - ambient.nowMs()) < 60_000);
  });

  it('says where the key of its secrets is, and the restore does too', async () => {
    for (const place of ['here', 'elsewhere', 'none'] as const) {
      keyPlace = place;
      assert.equal((await backUpTo(place)).secretsKey, place);
      assert.equal(manifestOf(place).secretsKey, place);
      assert.equal((await restoreFrom(place, `restored-${place}`)).secretsKey, place);
    }
    const { secretsKey, ...older } = manifestOf('none');
    assert.equal(secretsKey, 'none');
    writeFileSync(join(parent, 'here/backup.json'), JSON.stringify({ ...older, files: manifestOf('here').files }));
    assert.equal((await restoreFrom('here', 'older')).secretsKey, 'none');
  });

  it('of an empty log holds no events', async () => {
    const { end, endAtMs } = await backUpTo('backup');
    assert.deepEqual({ end, endAtMs }, { end: 0, endAtMs: null });
    assert.deepEqual(await restoredPositions('backup'), []);
  });

  it('is not left half made when it is stopped', async () => {
    await append(3);
    const controller = new AbortController();
    const abort = (): void => {
      controller.abort(new Error('enough'));
    };
    const stopped = backUpTo('backup', abort, controller.signal);
    await assert.rejects(stopped, { message: 'enough' });
    assert.deepEqual(readdirSync(parent), ['data']);
  });

  it('goes into an empty folder, such as the root of a volume, and into nothing else', async () => {
    await append(1);
    mkdirSync(join(parent, 'volume/lost+found'), { recursive: true });
    await backUpTo('volume');
    assert.deepEqual(readdirSync(join(parent, 'volume')).sort(), [
      ...['backup.json', 'delivery.db', 'log', 'lost+found', 'workspace.db'],
    ]);
    await assert.rejects(backUpTo('volume'), {
      code: 'backup_target_taken',
      message: /something in \S+volume already/,
    });
    await assert.rejects(backUpTo('data/lock.db/x'), { code: 'target_not_writable' });
    await assert.rejects(backUpTo('no/such/folder'), { code: 'target_not_writable', message: /ENOENT/ });
  });

  it('is not made of a folder that is none of Sluice, nor of one without a log', async () => {
    rmSync(join(folder, 'workspace.db'));
    await assert.rejects(backUpTo('backup'), { code: 'not_a_data_folder', message: /it has no workspace\.db/ });
  });

  it('is not made of a damaged file, which it names', async () => {
    await append(3);
    const path = 'log/0000000000000002.db';
    const bytes = readFileSync(join(folder, path));
    writeFileSync(join(folder, path), bytes.fill(0xff, 8_192, 12_288));
    await assert.rejects(backUpTo('backup'), { code: 'file_corrupt', message: /0000000000000002\.db is damaged/ });
    assert.deepEqual(readdirSync(parent), ['data']);
  });
});

describe('a restore', () => {
  withFolder();

  const segment = 'log/0000000000000002.db';

  beforeEach(async () => {
    await append(3);
    await backUpTo('backup');
  });

  async function refuses(expected: object): Promise<void> {
    await assert.rejects(restoreFrom('backup'), expected);
    assert.ok(!existsSync(join(parent, 'restored')));
    assert.deepEqual(readdirSync(parent).sort(), ['backup', 'data']);
  }

  function changeManifest(change: (manifest: Record<string, unknown>) => void): void {
    const manifest = manifestOf('backup') as unknown as Record<string, unknown>;
    change(manifest);
    writeFileSync(join(parent, 'backup/backup.json'), JSON.stringify(manifest));
  }

  it('refuses a backup in which one bit is another', async () => {
    const file = join(parent, 'backup', segment);
    const bytes = readFileSync(file);
    bytes[5_000]! ^= 1;
    writeFileSync(file, bytes);
    await refuses({
      code: 'backup_damaged',
      message: /log\/0000000000000002\.db is not what was backed up; restore another/,
    });
  });

  it('refuses a backup of which a file is missing or cut short', async () => {
    const file = join(parent, 'backup', segment);
    writeFileSync(file, readFileSync(file).subarray(0, 4_096));
    await refuses({ code: 'backup_damaged', message: /0000000000000002\.db has 4096 bytes instead of \d+/ });
    rmSync(file);
    await refuses({ code: 'backup_damaged', message: /0000000000000002\.db is missing/ });
  });

  it('refuses a backup that was not finished, and what is none', async () => {
    rmSync(join(parent, 'backup/backup.json'));
    await refuses({ code: 'not_a_backup', message: /it has no backup\.json; a backup that was cut short has none/ });
    writeFileSync(join(parent, 'backup/backup.json'), '{"format":1}');
    await refuses({ code: 'not_a_backup', message: /backup\.json is not what Sluice wrote/ });
    writeFileSync(join(parent, 'backup/backup.json'), '{');
    await refuses({ code: 'not_a_backup' });
  });

  it('refuses a manifest that leads elsewhere, or in which something is missing', async () => {
    const { files } = manifestOf('backup');
    for (const path of ['../../etc/passwd', '/etc/passwd', 'log/../x', 'a/b', '.ssh']) {
      changeManifest((manifest) => (manifest['files'] = [...files, { path, bytes: 0, sha256: '0'.repeat(64) }]));
      await refuses({ code: 'not_a_backup' });
    }
    for (const path of ['delivery.db', 'log/restored']) {
      changeManifest((manifest) => (manifest['files'] = files.filter((file) => file.path !== path)));
      await refuses({ code: 'not_a_backup', message: new RegExp(`it lists no ${path}`) });
    }
  });

  it('refuses what a newer program made', async () => {
    changeManifest((manifest) => (manifest['format'] = 2));
    await refuses({ code: 'backup_too_new', message: /format 2, this one knows 1/ });
    rmSync(join(parent, 'backup'), { recursive: true });
    const db = openSqlite(join(folder, 'workspace.db'), { synchronous: 'full', kind: 'workspace' });
    db.exec('pragma user_version = 99');
    db.close();
    await assert.rejects(backUpTo('backup'), { code: 'folder_too_new', message: /workspace\.db .*schema 99/ });
  });

  it('refuses a folder in which something is, and touches nothing there', async () => {
    await assert.rejects(restoreFrom('backup', 'data'), {
      code: 'restore_target_taken',
      message: /stop Sluice and move that folder away/,
    });
    mkdirSync(join(parent, 'volume'));
    await restoreFrom('backup', 'volume');
    assert.deepEqual(readdirSync(join(parent, 'volume')).sort(), ['delivery.db', 'log', 'workspace.db']);
  });

  it('leaves the backup as it was, so that it can be restored again', async () => {
    const before = manifestOf('backup');
    await restoreFrom('backup');
    cpSync(join(parent, 'backup'), join(parent, 'moved'), { recursive: true });
    await restoreFrom('moved', 'again');
    assert.deepEqual(manifestOf('backup'), before);
    assert.deepEqual(readdirSync(join(parent, 'backup')).sort(), ['backup.json', 'delivery.db', 'log', 'workspace.db']);
  });
});
