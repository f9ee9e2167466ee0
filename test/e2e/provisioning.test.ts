/** One workspace of the configuration file and of operators, and the commands that compare and write it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { askApi } from '../support/management-api.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/sluice');
const folder = mkdtempSync(join(tmpdir(), 'sluice-provisioning-'));
after(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function sluice(args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } } as const;
  const { status: code, stdout, stderr } = spawnSync(PROGRAM, args, options);
  return { code, stdout, stderr };
}

const WEB = { id: 'web', name: 'Web', writeKeys: ['wk_web'] };
const APP = { id: 'app', writeKeys: ['wk_app', { key: 'wk_old', name: 'the old app' }] };
const SHOP = { id: 'src_1', name: 'Shop', writeKeys: ['wk_shop'] };
const CRM = {
  id: 'crm',
  name: 'CRM',
  sources: ['web', 'app'],
  settings: {
    webhooks: [
      { url: 'https://crm.example/in/keep-me', headers: { 'X-Team': 'keep-me-1' } },
      { url: 'https://crm-2.example/', auth: { basic: { username: 'keep-me-2', password: '${keep-me-3}' } } },
    ],
    sharedSecret: 'keep-me-4',
  },
  delivery: { success: 'every', backoffMs: 'durable' },
};
const HOOK = {
  id: 'dst_1',
  name: 'Hook',
  sources: ['src_1', 'app'],
  settings: { webhookUrl: 'https://hook.example/', sharedSecret: 'keep-me-5' },
};

/** As JSON, which is YAML: a plain `${` of a secret is escaped. */
function fileOf(config: object): string {
  return JSON.stringify(config).replaceAll('${', () => '$${');
}

const ALL = { sources: [WEB, APP, SHOP], destinations: [CRM, HOOK] };

/** A Sluice that has stopped, and in whose folder operators have made the source `src_1` and the destination `dst_1`. */
async function withOperators(): Promise<SluiceProcess> {
  const running = await SluiceProcess.start({ config: fileOf(ALL) });
  assert.equal(await running.terminate(), 0, running.stderr);
  const db = new DatabaseSync(join(running.dataDir, 'workspace.db'));
  for (const table of ['source', 'destination']) {
    db.exec(`update ${table} set document = json_set(document, '$.origin', 'api') where id in ('src_1', 'dst_1')`);
  }
  db.close();
  await running.configure(fileOf({ sources: [WEB, APP], destinations: [CRM] }));
  return running;
}

/** Whether calls with a key are accepted, which the log tells where they aren't. */
async function takes(running: SluiceProcess, writeKey: string): Promise<boolean> {
  const settings = await fetch(`${running.url}/v1/projects/${writeKey}/settings`);
  const { status } = await post(running.url, '/v1/track', { userId: 'u', event: 'E' }, { writeKey });
  assert.equal(status, 200);
  return settings.status === 200;
}

function codeOf(body: unknown): string {
  return (body as { readonly error: { readonly code: string } }).error.code;
}

describe('what the configuration file declares', () => {
  it('is there from the first start on, and SIGHUP changes it alone: what operators made stays', async () => {
    await using running = await withOperators();
    await running.restart();
    assert.deepEqual(
      await Promise.all(['wk_web', 'wk_app', 'wk_old', 'wk_shop', 'none'].map(async (key) => takes(running, key))),
      [true, true, true, true, false],
    );
    const docs = { id: 'docs', writeKeys: ['wk_docs'] };
    await running.configure(fileOf({ sources: [{ ...WEB, writeKeys: ['wk_new'] }, docs], destinations: [] }));
    running.hangUp();
    const applied = JSON.parse(await running.logged(/"configuration applied"/)) as Record<string, unknown>;
    const nothing = { count: 0, ids: [] };
    assert.deepEqual(applied['sources'], {
      added: { count: 1, ids: ['docs'] },
      changed: { count: 1, ids: ['web'] },
      removed: { count: 1, ids: ['app'] },
      adopted: nothing,
    });
    assert.deepEqual(applied['destinations'], {
      ...{ added: nothing, changed: nothing, adopted: nothing },
      removed: { count: 1, ids: ['crm'] },
    });
    assert.deepEqual(applied['disconnected'], { count: 1, ids: ['dst_1'] });
    await running.logged(/"destinations of the management API lost a source that is no longer declared"/);
    assert.deepEqual(
      await Promise.all(['wk_web', 'wk_new', 'wk_docs', 'wk_app', 'wk_shop'].map(async (key) => takes(running, key))),
      [false, true, true, false, true],
    );
    assert.equal(await running.terminate(), 0, running.stderr);
  });

  it('is refused as a whole where operators have given its names and keys to others', async () => {
    await using running = await withOperators();
    const clash = { sources: [WEB, { id: 'shop', name: 'SHOP', writeKeys: ['wk_shop', 'wk_2'] }], destinations: [] };
    const file = fileOf(clash);
    const mended = readFileSync(running.configFile, 'utf8');
    await running.configure(file);
    await assert.rejects(running.restart(), (error) => {
      assert.match(String(error), /gave to another already, and nothing of it was applied:\n/);
      assert.match(
        String(error),
        /\nsource shop has the name of source src_1: rename one of the two, or declare src_1/,
      );
      assert.match(String(error), /\nsource shop has a write key of source src_1: /);
      return true;
    });
    await running.configure(mended);
    await running.restart();
    await running.configure(file);
    running.hangUp();
    await running.logged(/"mistakes":\["source shop has the name of source src_1.*nothing was changed"/);
    assert.deepEqual([await takes(running, 'wk_app'), await takes(running, 'wk_2')], [true, false]);
    const { code, stderr } = sluice(['config', 'diff', '--config', running.configFile, '--data-dir', running.dataDir]);
    assert.equal(code, 1);
    assert.match(stderr, /source shop has the name of source src_1/);
  });

  it('takes over what operators made when it declares the same id, and says so', async () => {
    await using running = await withOperators();
    await running.configure(fileOf(ALL));
    const asked = ['config', 'diff', '--config', running.configFile, '--data-dir', running.dataDir];
    const foreseen = sluice(asked);
    assert.equal(foreseen.code, 3, foreseen.stderr);
    assert.equal(
      foreseen.stdout,
      `~ source src_1 "Shop": the management API made it, and the file takes it over
~ destination dst_1 "Hook": the management API made it, and the file takes it over

0 to add, 2 to change, 0 to remove
`,
    );
    await running.restart();
    await running.logged(/"the configuration file declares what the management API made, and has taken it over"/);
    assert.deepEqual(sluice(asked), { code: 0, stdout: 'nothing would change\n', stderr: '' });
  });
});

describe('the management API', () => {
  it('makes what the file leaves alone, and cannot change what the file declares', async () => {
    await using running = await SluiceProcess.start({ config: fileOf({ sources: [WEB], destinations: [] }) });
    const made = async (path: string, body: object): Promise<string> => {
      const answer = await askApi(running, path, { body });
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      return (answer.body as { readonly id: string }).id;
    };
    const source = await made('/sources', { name: 'Shop', writeKeys: ['wk_shop'] });
    const settings = { webhookUrl: 'https://hook.example/', auth: { bearer: 'keep-me' } };
    const destination = await made('/destinations', { name: 'Hook', sources: [source, 'web'], settings });
    const taken = await askApi(running, '/sources', { body: { name: 'WEB' } });
    assert.deepEqual([taken.status, codeOf(taken.body)], [409, 'name_taken']);
    const declared = await askApi(running, '/sources/web', { method: 'PATCH', body: { enabled: false } });
    assert.deepEqual([declared.status, codeOf(declared.body)], [409, 'declared_in_file']);
    const wrong = await askApi(running, `/destinations/${destination}`, {
      method: 'PATCH',
      body: { settings: { webhookUrl: 'http://10.0.0.1/', auth: { bearer: '***' } }, delivery: { retrys: 1 } },
    });
    assert.deepEqual([wrong.status, codeOf(wrong.body)], [400, 'invalid_body']);
    assert.match(JSON.stringify(wrong.body), /did you mean `retries`.*10\.0\.0\.1, which is private/);

    await running.configure(fileOf({ sources: [], destinations: [] }));
    running.hangUp();
    await running.logged(/"configuration applied"/);
    const { body } = await askApi(running, `/destinations/${destination}`);
    const { sources, origin } = body as { readonly sources: unknown; readonly origin: unknown };
    assert.deepEqual({ sources, origin }, { sources: [source], origin: 'api' });
    const exported = sluice(['export', '--data-dir', running.dataDir, '--secrets']);
    assert.match(
      exported.stdout,
      new RegExp(`^  - id: ${source}\n    name: Shop\n    writeKeys: \\[wk_shop\\]\n`, 'm'),
    );
    assert.match(exported.stdout, /bearer: keep-me\n/);
  });
});

describe('sluice config diff', () => {
  it('tells beside a running Sluice what SIGHUP would change, without any secret', async () => {
    await using running = await withOperators();
    await running.restart();
    const { webhooks } = CRM.settings;
    const changed = {
      ...CRM,
      name: 'CRM hooks',
      settings: {
        webhooks: [{ ...webhooks[0], url: 'https://crm.example/in/keep-me-too' }],
        sharedSecret: 'keep-me-9',
      },
      delivery: { success: 'every', retries: 3, filter: { types: { include: ['track'] } } },
      sources: ['web'],
    };
    const docs = { id: 'docs', name: 'Docs', writeKeys: ['wk_docs'] };
    await running.configure(fileOf({ sources: [WEB, docs], destinations: [changed] }));
    const asked = ['config', 'diff', '--config', running.configFile, '--data-dir', running.dataDir];
    const { code, stdout, stderr } = sluice(asked);
    assert.deepEqual({ code, stderr }, { code: 3, stderr: '' });
    assert.equal(
      stdout,
      `+ source docs "Docs"
- source app
~ destination crm "CRM hooks"
    name: "CRM" -> "CRM hooks"
    sources: ["web","app"] -> ["web"]
    settings.webhooks[0].url: changes
    settings.webhooks[1].url: "https://crm-2.example" -> (not set)
    settings.webhooks[1].auth.basic.username: "***" -> (not set)
    settings.webhooks[1].auth.basic.password: "***" -> (not set)
    settings.sharedSecret: changes
    delivery.retries: 20 -> 3
    delivery.backoffMs: "durable" -> [1000]
    delivery.filter.types.include: (not set) -> ["track"]
~ destination dst_1 "Hook": the management API made it, and it loses a source
    sources: ["src_1","app"] -> ["src_1"]

1 to add, 2 to change, 1 to remove; 1 source of the management API would stay as it is
`,
    );
    const json = sluice([...asked, '--json']);
    assert.equal(json.code, 3);
    assert.doesNotMatch(stdout + json.stdout, /keep-me/);
    const { destinations, untouched } = JSON.parse(json.stdout) as Record<string, unknown>;
    assert.deepEqual(untouched, { sources: 1, destinations: 0 });
    assert.deepEqual((destinations as readonly unknown[])[1], {
      ...{ id: 'dst_1', name: 'Hook', change: 'disconnect' },
      fields: [{ path: 'sources', before: ['src_1', 'app'], after: ['src_1'], isHidden: false }],
    });
    running.hangUp();
    await running.logged(/"configuration applied"/);
    const applied = sluice(asked);
    assert.equal(applied.code, 0, applied.stdout);
    assert.match(applied.stdout, /^nothing would change; 1 source and 1 destination of the management API/);
  });

  it('says of a folder that is not there yet that all is new', () => {
    writeFileSync(join(folder, 'first.yaml'), fileOf(ALL));
    const { code, stdout } = sluice(['config', 'diff', '--config', 'first.yaml', '--data-dir', 'nowhere']);
    assert.equal(code, 3);
    assert.match(stdout, /^\+ source web "Web"\n/);
    assert.match(stdout, /\nthere is nothing in \S+nowhere yet; 5 to add, 0 to change, 0 to remove\n$/);
  });
});

describe('sluice export', () => {
  it('writes a file by which another Sluice is the same, and exports the same again', async () => {
    await using running = await withOperators();
    await running.restart();
    const exported = sluice(['export', '--data-dir', running.dataDir]);
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(exported.stderr, /^sluice: its secrets are not in it: 5 environment variables to set/);
    assert.match(exported.stdout, /\n#   CRM_SHARED_SECRET +destinations\[0\]\.settings\.sharedSecret\n/);
    assert.doesNotMatch(exported.stdout.replace('/in/keep-me', ''), /keep-me/);
    await using other = await SluiceProcess.start({
      config: exported.stdout,
      env: {
        CRM_SHARED_SECRET: 'keep-me-4',
        CRM_WEBHOOKS_0_HEADERS_X_TEAM: 'keep-me-1',
        CRM_WEBHOOKS_1_AUTH_BASIC_USERNAME: 'keep-me-2',
        CRM_WEBHOOKS_1_AUTH_BASIC_PASSWORD: '${keep-me-3}',
        HOOK_SHARED_SECRET: 'keep-me-5',
      },
    });
    const again = sluice(['export', '--data-dir', other.dataDir]);
    assert.deepEqual(again, exported);
    const open = ['export', '--secrets', '--data-dir'];
    assert.equal(sluice([...open, other.dataDir]).stdout, sluice([...open, running.dataDir]).stdout);
  });

  it('gives a file that takes over all of its own folder, with secrets in it and for its owner alone', async () => {
    await using running = await withOperators();
    await running.restart();
    const file = join(folder, 'everything.yaml');
    const asked = ['export', '--data-dir', running.dataDir, '--secrets', '--to', file];
    const { code, stdout, stderr } = sluice(asked);
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '' });
    assert.match(stderr, /^sluice: exported 3 sources and 2 destinations to .*nobody but you can read it \(0600\)\n$/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, 'utf8'), /^ +sharedSecret: keep-me-4$/m);
    assert.match(readFileSync(file, 'utf8'), /^ +password: \$\$\{keep-me-3\}$/m);
    const taken = sluice(asked);
    assert.equal(taken.code, 1);
    assert.match(taken.stderr, /everything\.yaml is there already; name another file with --to/);

    await running.configure(readFileSync(file, 'utf8'));
    running.hangUp();
    await running.logged(/has taken it over/);
    const diff = sluice(['config', 'diff', '--config', file, '--data-dir', running.dataDir]);
    assert.deepEqual(diff, { code: 0, stdout: 'nothing would change\n', stderr: '' });
  });

  it('leaves out what a file declares where that is asked for, and needs a data folder', async () => {
    await using running = await withOperators();
    const { stdout } = sluice([
      'export',
      '--origin',
      'api',
      '--config',
      running.configFile,
      '--data-dir',
      running.dataDir,
    ]);
    assert.deepEqual(
      [...stdout.matchAll(/^ {2}- id: (\w+)$/gm)].map(([, id]) => id),
      ['src_1', 'dst_1'],
    );
    const { code, stderr } = sluice(['export', '--data-dir', 'nowhere']);
    assert.equal(code, 1);
    assert.match(stderr, /nowhere is no data folder of Sluice: it has no workspace\.db/);
  });
});
