import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { crm } from '../test/conformance/workspace-store.suite.ts';
import { dataFilesIn } from './adapters/sql/data-folder.ts';
import { openSqliteWorkspaceStore } from './adapters/sql/workspace-store.ts';
import type { Config } from './config/schema.ts';
import { keyPlaceOf, openSecretBoxes, readWorkspace } from './secrets.ts';

const NONE: Config['secrets'] = { key: null, previousKey: null };
const newKey = (): string => randomBytes(32).toString('hex');

describe('the key of a data folder', () => {
  let folder: string;
  let keyFile: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-secrets-'));
    keyFile = join(folder, 'secrets.key');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** What a start does with the workspace, and what it finds there. */
  async function start(secrets: Config['secrets'] = NONE): Promise<number> {
    const files = dataFilesIn(folder);
    const store = openSqliteWorkspaceStore({ file: files.workspaceFile, ...openSecretBoxes(files, secrets) });
    const { version, destinations } = store.current();
    if (version === 0) await store.commit({ putDestinations: [crm] }, 0, 'ann', 1);
    else assert.deepEqual(destinations, [crm]);
    await store.close();
    return version;
  }

  it('is made at the first start, and used from then on', async () => {
    await start();
    const key = readFileSync(keyFile, 'utf8');
    await start();
    assert.equal(readFileSync(keyFile, 'utf8'), key);
  });

  it('is not made anew once secrets were sealed with it, and put back it opens them', async () => {
    await start();
    const key = readFileSync(keyFile, 'utf8');
    rmSync(keyFile);
    await assert.rejects(start(), { code: 'secrets_key_missing', details: { file: keyFile } });
    assert.ok(!existsSync(keyFile));
    writeFileSync(keyFile, key, { mode: 0o600 });
    assert.equal(await start(), 1);
  });

  it('is refused when it is another one, from wherever it comes', async () => {
    const key = newKey();
    await start({ ...NONE, key });
    assert.ok(!existsSync(keyFile));
    const named = 'the setting `secrets.key`';
    await assert.rejects(start({ ...NONE, key: newKey() }), { code: 'secrets_key_wrong', details: { key: named } });
    await assert.rejects(start(), { code: 'secrets_key_missing' });
    writeFileSync(keyFile, newKey(), { mode: 0o600 });
    await assert.rejects(start(), { code: 'secrets_key_wrong', details: { key: keyFile } });
    assert.equal(await start({ ...NONE, key }), 1);
  });

  it('is made anew, or taken from the configuration, where the one before is named', async () => {
    await start();
    const first = readFileSync(keyFile, 'utf8').trim();
    rmSync(keyFile);
    await assert.rejects(start({ ...NONE, previousKey: newKey() }), { code: 'secrets_key_missing' });
    assert.ok(!existsSync(keyFile));
    await start({ ...NONE, previousKey: first });
    const second = readFileSync(keyFile, 'utf8').trim();
    assert.notEqual(second, first);
    await start();
    const third = newKey();
    await start({ key: third, previousKey: second });
    assert.equal(await start({ key: third, previousKey: null }), 1);
    await assert.rejects(start(), { code: 'secrets_key_wrong' });
  });

  it('opens the workspace for whoever only reads it', async () => {
    const read = (secrets = NONE) => readWorkspace({ dataDir: folder, secrets });
    assert.equal(read(), null);
    await start();
    assert.deepEqual(read()?.destinations, [crm]);
    const first = readFileSync(keyFile, 'utf8').trim();
    // Beside a Sluice that has not been started yet with the new one.
    assert.deepEqual(read({ key: newKey(), previousKey: first })?.destinations, [crm]);
    assert.throws(() => read({ ...NONE, key: newKey() }), { code: 'secrets_key_wrong' });
    rmSync(keyFile);
    assert.throws(() => read(), { code: 'secrets_key_missing' });
    assert.ok(!existsSync(keyFile));
  });

  it('is in a copy of the folder, or elsewhere', async () => {
    const copy = join(folder, 'copy');
    const placeOf = (): string => {
      cpSync(join(folder, 'workspace.db'), join(copy, 'workspace.db'));
      if (existsSync(keyFile)) cpSync(keyFile, join(copy, 'secrets.key'));
      const place = keyPlaceOf(copy);
      assert.ok(!readdirSync(copy).some((name) => /-wal|-shm/.test(name)));
      rmSync(copy, { recursive: true });
      return place;
    };
    await start();
    assert.equal(placeOf(), 'here');
    rmSync(keyFile);
    assert.equal(placeOf(), 'elsewhere');
    for (const text of [newKey(), 'no key']) {
      writeFileSync(keyFile, text, { mode: 0o600 });
      assert.equal(placeOf(), 'elsewhere');
    }
    writeFileSync(join(folder, 'workspace.db'), '');
    assert.equal(placeOf(), 'none');
  });
});
