import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SluiceError } from '../../domain/errors.ts';
import { openDataFolder } from './data-folder.ts';

describe('the data folder', () => {
  let parent: string;
  let folder: string;

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'sluice-folder-'));
    folder = join(parent, 'deep', 'data');
  });
  afterEach(() => {
    rmSync(parent, { recursive: true, force: true });
  });

  it('is created where there is none, readable by its owner alone', () => {
    const opened = openDataFolder(folder);
    assert.equal(opened.path, folder);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.ok(statSync(opened.logFolder).isDirectory());
    opened.release();
  });

  it('names the places of its parts inside it', () => {
    const opened = openDataFolder(folder);
    assert.deepEqual(
      [opened.logFolder, opened.deliveryFile, opened.workspaceFile],
      [join(folder, 'log'), join(folder, 'delivery.db'), join(folder, 'workspace.db')],
    );
    opened.release();
  });

  it('refuses a second opening in the same process, and goes on being locked', async () => {
    const first = openDataFolder(folder);
    assert.throws(() => openDataFolder(folder), refusal(folder, process.pid));
    assert.throws(() => openDataFolder(folder), refusal(folder, process.pid));
    assert.equal(await refusedElsewhere(folder), refusal(folder, process.pid).message);
    first.release();
  });

  it('is free again after a release, which may be repeated', () => {
    const first = openDataFolder(folder);
    first.release();
    const second = openDataFolder(folder);
    first.release();
    assert.throws(() => openDataFolder(folder), refusal(folder, process.pid));
    second.release();
  });

  it('says which process has it, and is free at once when that one is killed', async () => {
    const holder = await holdElsewhere(folder);
    try {
      assert.throws(() => openDataFolder(folder), refusal(folder, holder.pid!));
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    assert.ok(existsSync(join(folder, 'lock.pid')), 'the killed process left its id behind');
    openDataFolder(folder).release();
  });

  it('is refused without a process id while the owner has not written it', () => {
    const first = openDataFolder(folder);
    writeFileSync(join(folder, 'lock.pid'), '');
    const expected = `the data folder ${folder} is in use by another Sluice; stop it, or choose another with --data-dir`;
    assert.throws(() => openDataFolder(folder), { code: 'folder_in_use', message: expected });
    first.release();
  });

  it('is refused where a restore was cut short', () => {
    mkdirSync(join(folder, '.unfinished-abc'), { recursive: true });
    assert.throws(() => openDataFolder(folder), {
      code: 'restore_cut_short',
      message: /\.unfinished-abc is left of it; empty the folder and restore again/,
    });
  });

  it('is refused with the reason where it cannot be created', () => {
    const file = join(parent, 'file');
    writeFileSync(file, '');
    assert.throws(() => openDataFolder(join(file, 'data')), {
      code: 'folder_not_writable',
      message: /cannot be written: ENOTDIR/,
    });
  });
});

function refusal(folder: string, owner: number): SluiceError {
  return new SluiceError('folder_in_use', { folder, owner: ` (process ${owner})` });
}

const subject = new URL('data-folder.ts', import.meta.url).href;

/** Another process that opens the folder, says so, and keeps it until it is ended. */
async function holdElsewhere(folder: string): Promise<ChildProcess> {
  const child = run(`
    import { openDataFolder } from ${JSON.stringify(subject)};
    globalThis.held = openDataFolder(${JSON.stringify(folder)});
    setInterval(() => {}, 1 << 30);
    console.log('held');
  `);
  await once(child.stdout!, 'data');
  return child;
}

/** What another process is told that tries to open the folder. */
async function refusedElsewhere(folder: string): Promise<string> {
  const child = run(`
    import { openDataFolder } from ${JSON.stringify(subject)};
    try { openDataFolder(${JSON.stringify(folder)}); } catch (error) { process.stdout.write(error.message); }
  `);
  return (await child.stdout!.setEncoding('utf8').toArray()).join('');
}

function run(code: string): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: ['ignore', 'pipe', 'inherit'] });
}
