/** `sluice backup` and `sluice restore`, as an operator meets them: under load, after a loss, and when something is wrong. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { CrashLoad } from '../support/crash-load.ts';
import { DeliveryLedger } from '../support/delivery-ledger.ts';
import { openReceiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/sluice');
const WRITE_KEY = 'wk_backup';
const DELIVERED_WITHIN_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'sluice-backup-'));
after(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function sluice(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(PROGRAM, args, { cwd: folder }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

async function succeeds(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await sluice(...args);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout;
}

describe('a Sluice that was lost and restored from a backup', () => {
  it('delivers all that was accepted before the backup, skips nothing new, and gives no event id twice', async (t) => {
    let isBroken = true;
    const fast = new DeliveryLedger(() => ({}));
    const broken = new DeliveryLedger(() => ({ status: isBroken ? 500 : 200 }));
    const ledgers = [fast, broken];
    const running = await SluiceProcess.start({ config: await configOf(t, { fast, broken }) });
    t.after(async () => running.close());
    const load = new CrashLoad(WRITE_KEY, 16);
    load.up(running.url);
    await load.acknowledgedMore(500);

    const before = new Set(load.acknowledged);
    const target = join(folder, 'under-load');
    const [said] = await Promise.all([
      succeeds('backup', '--data-dir', running.dataDir, '--to', target),
      load.acknowledgedMore(1),
    ]);
    assert.match(said, /^backed up \S+ to \S+under-load: events up to 20\S+Z, [\d.]+ [KM]iB in \d+ files, /m);
    await load.acknowledgedMore(500);
    load.down();
    await running.kill9();
    const lost = new Set(load.acknowledged);
    await rm(running.dataDir, { recursive: true });

    await succeeds('restore', '--from', target, '--data-dir', running.dataDir);
    isBroken = false;
    await running.restart();
    load.up(running.url);
    for (const messageId of [...before].slice(0, 20)) await send(running, messageId);
    await load.acknowledgedMore(500);
    await load.finish();
    const since = load.acknowledged.difference(lost);
    for (const ledger of ledgers) await ledger.all(before.union(since), DELIVERED_WITHIN_MS);
    assert.equal(await running.terminate(), 0, running.stderr);

    assert.deepEqual(
      [...idsOf(ledgers).values()].filter((messageIds) => messageIds.size > 1),
      [],
    );
    for (const messageId of before)
      assert.equal(idsIn(ledgers, messageId).size, 1, `${messageId} was delivered as two events`);
    t.diagnostic(`${before.size} before, ${lost.size - before.size} during and after, ${since.size} after the restore`);
  });

  it('goes on far ahead also from a backup that was only copied, and each time anew', async (t) => {
    const ledger = new DeliveryLedger(() => ({}));
    const running = await SluiceProcess.start({ config: await configOf(t, { hook: ledger }) });
    t.after(async () => running.close());
    await send(running, 'before');
    await ledger.all(new Set(['before']), DELIVERED_WITHIN_MS);
    await running.terminate();
    await succeeds('backup', '--data-dir', running.dataDir, '--to', join(folder, 'twice'));
    for (const name of ['first', 'second', 'third']) {
      await rm(running.dataDir, { recursive: true });
      if (name === 'second') await succeeds('restore', '--from', join(folder, 'twice'), '--data-dir', running.dataDir);
      else await copyFolder(join(folder, 'twice'), running.dataDir);
      await running.restart();
      await send(running, 'before');
      await send(running, name);
      await ledger.all(new Set(['before', name]), DELIVERED_WITHIN_MS);
      await running.terminate();
    }
    assert.equal(idsOf([ledger]).size, 4);
  });
});

describe('sluice backup', () => {
  it('keeps every file of the data folder save the lock and the index, readable by its owner alone', async (t) => {
    const running = await SluiceProcess.start({ config: await configOf(t, {}) });
    t.after(async () => running.close());
    await send(running, 'a');
    const target = join(folder, 'whole');
    const lines = (await succeeds('backup', '--data-dir', running.dataDir, '--to', target)).trimEnd().split('\n');
    const kept = filesOf(target);
    assert.deepEqual(
      kept.filter((name) => name !== 'backup.json' && name !== 'log/restored'),
      filesOf(running.dataDir).filter((name) => !/^lock\.|^index\.db$|-(wal|shm)$/.test(name)),
    );
    assert.equal(lines.length, kept.length, 'a line for each file but the manifest, and the summary');
    assert.match(lines[0] ?? '', /^ *\d+ % {2}[\d.]+ KiB of [\d.]+ KiB {2}delivery\.db$/);
    const modes = [target, join(target, 'log'), ...kept.map((name) => join(target, name))].map(
      (path) => statSync(path).mode & 0o777,
    );
    assert.deepEqual(new Set(modes), new Set([0o700, 0o600]));
  });

  it('works when nothing runs, and after a crash, with what the write-ahead log holds', async (t) => {
    const ledger = new DeliveryLedger(() => ({}));
    const running = await SluiceProcess.start({ config: await configOf(t, { hook: ledger }) });
    t.after(async () => running.close());
    await send(running, 'before the crash');
    await running.kill9();
    assert.equal(
      await succeeds('backup', '--quiet', '--data-dir', running.dataDir, '--to', join(folder, 'crashed')),
      '',
    );
    await rm(running.dataDir, { recursive: true });
    assert.match(
      await succeeds('restore', '--from', join(folder, 'crashed'), '--data-dir', running.dataDir),
      /^restored the backup of 20\S+Z to /m,
    );
    await running.restart();
    await ledger.all(new Set(['before the crash']), DELIVERED_WITHIN_MS);
  });

  it('says when the key of its secrets is elsewhere, and the restore does', async (t) => {
    const SLUICE_SECRETS_KEY = 'ab'.repeat(32);
    const running = await SluiceProcess.start({ config: await configOf(t, {}), env: { SLUICE_SECRETS_KEY } });
    t.after(async () => running.close());
    const target = join(folder, 'without-key');
    const said = await succeeds('backup', '--data-dir', running.dataDir, '--to', target);
    assert.match(said, /^its secrets open with a key that is not in it, `secrets\.key` of the configuration: keep/m);
    await running.terminate();
    await rm(running.dataDir, { recursive: true });
    const restored = await succeeds('restore', '--from', target, '--data-dir', running.dataDir);
    assert.match(restored, /^its secrets open with a key that is not in it: set `secrets\.key` to that/m);
    await running.restart();
    assert.ok(!filesOf(running.dataDir).includes('secrets.key'));
  });

  it('finds the data folder by the configuration as serve does', async (t) => {
    const running = await SluiceProcess.start({ config: await configOf(t, {}) });
    t.after(async () => running.close());
    const config = join(running.dataDir, '..', 'sluice.yaml');
    const found = await sluice('backup', '--config', config, '--to', join(folder, 'by-config'));
    assert.match(found.stderr, /sluice-data is no data folder of Sluice: it has no delivery\.db/);
    assert.match(
      await succeeds('backup', '--config', config, '--data-dir', running.dataDir, '--to', join(folder, 'by-config')),
      /backed up/,
    );
  });

  it('refuses with 1 and one message, and leaves nothing', async () => {
    const there = readdirSync(folder);
    const refused = await sluice('backup', '--data-dir', tmpdir(), '--to', 'new');
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^sluice: \S+ is no data folder of Sluice: it has no delivery\.db; name the folder with --data-dir\n$/,
    );
    const noBackup = await sluice('restore', '--from', tmpdir(), '--data-dir', 'new');
    assert.match(noBackup.stderr, /^sluice: \S+ is no backup of Sluice: it has no backup\.json; .*\n$/);
    assert.equal((await sluice('backup')).code, 2);
    assert.deepEqual(readdirSync(folder), there);
  });
});

async function configOf(t: TestContext, ledgers: Readonly<Record<string, DeliveryLedger>>): Promise<object> {
  const destinations = await Promise.all(
    Object.entries(ledgers).map(async ([id, ledger]) => {
      const receiver = await openReceiver();
      t.after(async () => receiver.close());
      receiver.answer(ledger.script);
      const delivery = { retries: 20, backoffMs: [200] };
      return { id, sources: ['shop'], settings: { webhookUrl: receiver.url() }, delivery };
    }),
  );
  return { network: { allow: ['127.0.0.0/8'] }, sources: [{ id: 'shop', writeKeys: [WRITE_KEY] }], destinations };
}

async function send({ url }: SluiceProcess, messageId: string): Promise<void> {
  const { status } = await post(url, '/v1/track', { messageId, userId: 'u', event: 'E' }, { writeKey: WRITE_KEY });
  assert.equal(status, 200);
}

/** Event id → the message ids that it came with. */
function idsOf(ledgers: readonly DeliveryLedger[]): ReadonlyMap<string, ReadonlySet<string>> {
  const pairs = ledgers.flatMap((ledger) =>
    [...ledger.webhookIds].flatMap(([messageId, ids]) => [...ids].map((id) => ({ id, messageId }))),
  );
  const byId = Map.groupBy(pairs, ({ id }) => id);
  return new Map([...byId].map(([id, group]) => [id, new Set(group.map(({ messageId }) => messageId))]));
}

function idsIn(ledgers: readonly DeliveryLedger[], messageId: string): ReadonlySet<string> {
  return new Set(ledgers.flatMap((ledger) => [...(ledger.webhookIds.get(messageId) ?? [])]));
}

async function copyFolder(from: string, to: string): Promise<void> {
  const { cp } = await import('node:fs/promises');
  await cp(from, `${to}.copy`, { recursive: true });
  await rename(`${to}.copy`, to);
}

function filesOf(path: string): string[] {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.map((file) => file.slice(path.length + 1)).sort();
}
