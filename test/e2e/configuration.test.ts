/** Configuration as an operator meets it: environment over file, secrets from elsewhere, SIGHUP while calls come in. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { messageIdOf } from '../support/received.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-configuration-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const NETWORK = { allow: ['127.0.0.0/8'] };
const SOURCES = [{ id: 'web', writeKeys: ['wk'] }];

function destination(id: string, webhookUrl: string, settings: object = {}): object {
  return { id, sources: ['web'], settings: { webhookUrl, ...settings } };
}

async function track(sluice: SluiceProcess, messageId: string): Promise<void> {
  const call = { userId: 'u', event: 'E', messageId };
  assert.equal((await post(sluice.url, '/v1/track', call, { writeKey: 'wk' })).status, 200);
}

/** Message ids that came to any of the paths, in order of arrival. */
function arrived({ requests }: Receiver, ...paths: readonly string[]): readonly string[] {
  return requests.filter(({ url }) => paths.includes(url)).map(messageIdOf);
}

/** Resolves when all of these came to any of the paths. */
async function allArrived(receiver: Receiver, expected: readonly string[], ...paths: readonly string[]): Promise<void> {
  for (;;) {
    const there = new Set(arrived(receiver, ...paths));
    if (expected.every((id) => there.has(id))) return;
    await receiver.next();
  }
}

interface LogRecord {
  readonly msg: string;
  readonly settings?: readonly string[];
  readonly mistakes?: readonly string[];
  readonly destinations?: Readonly<Record<string, { readonly count: number; readonly ids: readonly string[] }>>;
}

async function logged(sluice: SluiceProcess, pattern: RegExp): Promise<LogRecord> {
  return JSON.parse(await sluice.logged(pattern)) as LogRecord;
}

describe('the environment', () => {
  it('stands over the file, names it, and gives the secrets that it refers to', async () => {
    const receiver = await openReceiver();
    const file = join(folder, 'named.yaml');
    writeFileSync(join(folder, 'token'), 'token-in-file\n');
    writeFileSync(
      file,
      `log: { level: error }
sources: [{ id: web, writeKeys: [wk] }]
destinations:
  - id: hook
    sources: [web]
    settings:
      webhooks:
        - url: \${RECEIVER}hook
          headers: { Authorization: "Bearer \${file:token}" }
`,
    );
    const env = {
      SLUICE_CONFIG: file,
      SLUICE_NETWORK_ALLOW: '127.0.0.0/8',
      SLUICE_LOG_LEVEL: 'info',
      RECEIVER: receiver.url(),
    };
    await using sluice = await SluiceProcess.start({ env });
    await sluice.logged(/"listening"/);
    await track(sluice, 'm');
    const { url, headers } = await receiver.next();
    assert.equal(url, '/hook');
    assert.equal(headers['authorization'], 'Bearer token-in-file');
    assert.doesNotMatch(sluice.stderr, /token-in-file/);
    await receiver.close();
  });

  it('keeps Sluice from starting when it is wrong, with all mistakes of file and environment', async () => {
    const config = { htp: {} };
    await assert.rejects(SluiceProcess.start({ config, env: { SLUICE_HTTP_PORT: 'x' } }), (error) => {
      assert.match(String(error), /the configuration has 2 mistake\(s\):\n.*sluice\.yaml:1:2 htp: unknown key `htp`/);
      assert.match(String(error), /\nSLUICE_HTTP_PORT: must be a number\n/);
      return true;
    });
  });
});

describe('SIGHUP', () => {
  it('adds, changes and removes destinations under load, and loses and repeats nothing', async () => {
    const receiver = await openReceiver();
    // So that some attempts are in flight at any time.
    receiver.answer({ delayMs: 20 });
    const to = (path: string): string => receiver.url(path);
    const before = [
      destination('kept', to('/kept')),
      destination('changed', to('/old')),
      destination('removed', to('/removed')),
    ];
    const config = { network: NETWORK, sources: SOURCES, destinations: before };
    await using sluice = await SluiceProcess.start({ config });

    const sent: string[] = [];
    let isOver = false;
    const send = async (): Promise<void> => {
      while (!isOver) {
        const messageId = `m${sent.length}`;
        sent.push(messageId);
        await track(sluice, messageId);
      }
    };
    const senders = [send(), send(), send(), send()];
    await receiver.count(100);
    const destinations = [
      destination('kept', to('/kept')),
      destination('changed', to('/new')),
      destination('added', to('/added')),
    ];
    await sluice.configure({ ...config, destinations });
    sluice.hangUp();
    const applied = await logged(sluice, /"configuration applied"/);
    const accepted = sent.length;
    await receiver.count(receiver.requests.length + 100);
    isOver = true;
    await Promise.all(senders);

    assert.deepEqual(applied.destinations, {
      added: { count: 1, ids: ['added'] },
      changed: { count: 1, ids: ['changed'] },
      removed: { count: 1, ids: ['removed'] },
      adopted: { count: 0, ids: [] },
    });
    await allArrived(receiver, sent, '/kept');
    await allArrived(receiver, sent, '/old', '/new');
    await allArrived(receiver, sent.slice(accepted), '/added');
    assert.equal(await sluice.terminate(), 0);
    for (const paths of [['/kept'], ['/old', '/new'], ['/added'], ['/removed']]) {
      const ids = arrived(receiver, ...paths);
      assert.equal(new Set(ids).size, ids.length, `nothing came twice to ${paths.join(' and ')}`);
      assert.ok(ids.length > 0, `something came to ${paths.join(' and ')}`);
    }
    assert.ok(arrived(receiver, '/old').length > 0 && arrived(receiver, '/new').length > 0);
    assert.ok(!arrived(receiver, '/removed').includes(sent.at(-1) ?? ''), 'what is removed gets no more');
    await receiver.close();
  });

  it('changes nothing when there is a mistake, tells all of them, and applies what is mended', async () => {
    const receiver = await openReceiver();
    const config = { network: NETWORK, sources: SOURCES, destinations: [destination('hook', receiver.url('/one'))] };
    await using sluice = await SluiceProcess.start({ config, env: { SECRET: 'hunter2' } });
    await sluice.configure('sources: []\ndestinations:\n  - id: ${SECRET}!\n    sources: [nowhere]\n');
    sluice.hangUp();
    const { mistakes = [] } = await logged(sluice, /"the configuration has mistakes, and nothing was changed"/);
    assert.deepEqual(
      mistakes.map((mistake) => mistake.slice(mistake.indexOf('sluice.yaml'))),
      [
        'sluice.yaml:3:5 destinations[0].settings: is missing',
        'sluice.yaml:3:9 destinations[0].id: must be 1 to 64 letters, digits, `_` or `-`, beginning with a letter or digit',
        'sluice.yaml:4:15 destinations[0].sources[0]: there is no source with this id; declare it under `sources`',
      ],
    );
    await track(sluice, 'still');
    await allArrived(receiver, ['still'], '/one');

    await sluice.configure({ ...config, destinations: [destination('hook', receiver.url('/two'))] });
    sluice.hangUp();
    await sluice.logged(/"configuration applied"/);
    await track(sluice, 'mended');
    await allArrived(receiver, ['mended'], '/two');
    assert.doesNotMatch(sluice.stderr, /hunter2/);
    await receiver.close();
  });

  it('names what needs a restart, and takes write keys that are new at once', async () => {
    const config = { sources: SOURCES, log: { level: 'info' } };
    await using sluice = await SluiceProcess.start({ config });
    const sources = [{ id: 'web', writeKeys: ['other'] }];
    await sluice.configure({ sources, log: { level: 'debug' }, network: NETWORK, retention: { log: { age: '1d' } } });
    sluice.hangUp();
    const { settings } = await logged(sluice, /"settings changed that need a restart"/);
    assert.deepEqual(settings, ['network.allow', 'retention.log.age', 'log.level']);
    await sluice.logged(/"configuration applied"/);
    await post(sluice.url, '/v1/track', { userId: 'u', event: 'E', messageId: 'm' }, { writeKey: 'wk' });
    await sluice.logged(/"unknown_source"/);
  });

  it('does not take an empty file for the wish to remove everything', async () => {
    await using sluice = await SluiceProcess.start({ config: { sources: SOURCES } });
    await sluice.configure('');
    sluice.hangUp();
    const { mistakes } = await logged(sluice, /nothing was changed/);
    assert.match(String(mistakes), /it is empty; to remove everything, write `\{\}`$/);
  });

  it('is not lost while Sluice starts', async () => {
    await using sluice = await SluiceProcess.start({ config: {} });
    await sluice.terminate();
    // A pipe, so that the test knows when the file is being read, and holds up the start until it has sent the signal.
    rmSync(sluice.configFile);
    execFileSync('mkfifo', [sluice.configFile]);
    const started = sluice.restart();
    const writing = await open(sluice.configFile, 'w');
    sluice.hangUp();
    await writing.write('{}');
    await writing.close();
    await started;
    const { mistakes } = await logged(sluice, /nothing was changed/);
    assert.match(String(mistakes), /only a regular file can be read again$/);
  });

  it('is ignored by sluice dev without a file, and told', async () => {
    await using sluice = await SluiceProcess.start({ command: 'dev' });
    sluice.hangUp();
    await sluice.printed(/SIGHUP is ignored: no configuration file is in use/);
    await sluice.logged(/SIGHUP is ignored/);
    assert.equal(await sluice.terminate(), 0);
  });

  it('reads the file of sluice dev, and leaves it its source and its request bin', async () => {
    await using sluice = await SluiceProcess.start({ command: 'dev', config: {} });
    await sluice.configure({ sources: SOURCES });
    sluice.hangUp();
    await sluice.printed(/configuration applied: 1 source added/);
    assert.equal((await post(sluice.url, '/v1/track', { userId: 'u', event: 'E' }, { writeKey: 'dev' })).status, 200);
    await sluice.printed(/delivered to dev-bin/);
  });
});
