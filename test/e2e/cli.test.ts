/** What operators do from a terminal: each command against a real Sluice, for people and with `--json`. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runShell, runSluice, type Ended } from '../support/command-line.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const TOKEN = 'hunter2-7fK2xWq9ZtLm-0000';
/** What would move a cursor, set a title, or turn text around. */
const HOSTILE = 'x\u001b[2J\u001b]0;owned\u0007\u202e\u009b31m';

let sluice: SluiceProcess;
let receiver: Receiver;
let env: Readonly<Record<string, string>>;

before(async () => {
  receiver = await openReceiver();
  const config = {
    admin: { token: TOKEN },
    network: { allow: ['127.0.0.0/8'] },
    storage: { reserve: '0B' },
    sources: [{ id: 'web', writeKeys: ['wk_web'] }],
    destinations: [
      { id: 'hook', sources: ['web'], settings: { webhookUrl: receiver.url('/hook') } },
      {
        ...{ id: 'down', sources: ['web'], settings: { webhookUrl: 'http://127.0.0.1:9/' } },
        delivery: { retries: 0, circuitBreaker: false, filter: { names: { include: ['Fails'] } } },
      },
    ],
  };
  sluice = await SluiceProcess.start({ config });
  env = { SLUICE_URL: sluice.url, SLUICE_TOKEN: TOKEN };
});
after(async () => {
  await sluice.close();
  await receiver.close();
});

const cli = async (...args: readonly string[]): Promise<Ended> => runSluice(args, { env });

/** What it prints with `--json`. */
async function json<Shown = Record<string, unknown>>(...args: readonly string[]): Promise<Shown> {
  const { status, stdout, stderr } = await cli(...args, '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Shown;
}

describe('sluice sources', () => {
  it('makes one, shows it, changes it, and deletes it once that is said', async () => {
    const made = await json<{ readonly id: string; readonly writeKeys: readonly string[] }>(
      ...['sources', 'create', 'Shop', '--kind', 'web', '--write-key', 'wk_shop'],
    );
    assert.deepEqual(made.writeKeys, ['wk_shop']);
    assert.match((await cli('sources', 'list')).stdout, new RegExp(`^ID .*\\nweb .*\\n${made.id} +Shop +enabled +web`));
    assert.match((await cli('sources', 'update', made.id, '--disable')).stdout, /^state +disabled: its calls/m);
    const refused = await cli('sources', 'delete', made.id);
    assert.equal(refused.status, 2);
    assert.match(
      refused.stderr,
      /refused afterwards\nsluice: nobody is here to be asked: .*\nsay so beforehand with --yes/,
    );
    assert.equal((await cli('sources', 'delete', made.id, '--yes')).stdout, `deleted source ${made.id}\n`);
    assert.equal((await cli('sources', 'show', made.id)).status, 6);
  });

  it('issues and revokes write keys', async () => {
    const { id } = await json<{ readonly id: string }>('sources', 'create', 'Keys');
    const { stdout } = await cli('sources', 'keys', 'issue', id, '--name', 'Ann');
    assert.match(stdout, /^wk_\S+\n$/);
    assert.match((await cli('sources', 'keys', 'list', id)).stdout, /^KEY +NAME\n(?:wk_\S+\n)wk_\S+ +Ann\n$/);
    assert.equal((await cli('sources', 'keys', 'revoke', id, stdout.trim(), '--yes')).status, 0);
    assert.equal((await json<readonly unknown[]>('sources', 'keys', 'list', id)).length, 1);
  });

  it('names the nearest of what is not there, by id or by name', async () => {
    const near = await cli('sources', 'show', 'wbe');
    assert.equal(near.status, 6);
    assert.equal(
      near.stderr,
      'sluice: there is no source wbe\ndid you mean web?\nthose that there are: sluice sources list\n',
    );
    const { id } = await json<{ readonly id: string }>('sources', 'create', 'Marketing');
    assert.match(
      (await cli('sources', 'show', 'marketing')).stderr,
      new RegExp(`did you mean ${id} \\("Marketing"\\)`),
    );
  });
});

describe('sluice destinations', () => {
  it('makes one of flags, changes any setting, and shows them by the names that --set takes', async () => {
    const secret = await runSluice(
      [
        ...['destinations', 'create', 'CRM', '--source', 'web', '--webhook', receiver.url('/crm'), '--json'],
        ...['--header', 'X-Team: growth', '--secret-file', '-', '--retries', '3', '--set', 'delivery.timeoutMs=2000'],
      ],
      { env, input: 'keep-me-safe\n' },
    );
    const { id, settings, delivery } = JSON.parse(secret.stdout) as {
      readonly id: string;
      readonly settings: Record<string, unknown>;
      readonly delivery: Record<string, unknown>;
    };
    assert.deepEqual([delivery['retries'], delivery['timeoutMs']], [3, 2_000]);
    assert.equal(settings['sharedSecret'], '***');
    const set = ['--set', 'delivery.filter.types.include=["track"]', '--set', 'delivery.backoffMs=durable'];
    const { stdout } = await cli('destinations', 'update', id, ...set);
    assert.match(stdout, /^delivery\.filter\.types\.include +\["track"\]$/m);
    assert.match(stdout, /^delivery\.backoffMs +durable$/m);
    assert.match(stdout, /^delivery\.retries +3$/m);

    assert.match(
      (await cli('destinations', 'test', id)).stdout,
      /^succeeded .*\n {2}answered 200 .*\n.*xSignature valid/,
    );
    await runSluice(['destinations', 'update', id, '--secret-file', '-'], { env, input: 'another\n' });
    assert.equal((await cli('destinations', 'promote-secret', id)).status, 2, 'nobody can be asked');
    assert.notEqual((await json('destinations', 'show', id))['rotation'], null);
    assert.equal((await cli('destinations', 'promote-secret', id, '--yes')).status, 0);
    assert.equal((await json('destinations', 'show', id))['rotation'], null);
    assert.match((await cli('destinations', 'promote-secret', id, '--yes')).stderr, /rotat/);

    assert.match((await cli('destinations', 'pause', id)).stdout, /^paused .*\/crm\n$/);
    assert.match((await cli('destinations', 'list')).stdout, /^dst_\S+ +CRM +paused/m);
    assert.match((await cli('destinations', 'resume', id)).stdout, /^open/);
    assert.match((await cli('destinations', 'disable', id)).stdout, /^state +disabled$/m);
    assert.equal((await cli('destinations', 'delete', id, '--yes')).status, 0);
  });

  it('makes one of a file, and tells all mistakes with their places', async () => {
    const file = join(sluice.dataDir, '../crm.yaml');
    await writeFile(file, 'name: Filed\nsources: [web]\nsettings: { webhookUrl: "http://127.0.0.1:9/" }\n');
    const { id } = await json<{ readonly id: string }>('destinations', 'create', '--file', file, '--disable');
    const wrong = await cli('destinations', 'update', id, '--retries', '99', '--set', 'delivery.tiemoutMs=1');
    assert.equal(wrong.status, 2);
    assert.match(
      wrong.stderr,
      /refuses what was given:\n {2}delivery\.retries: must be at most 20\n.*did you mean `timeoutMs`/,
    );
    assert.match((await cli('destinations', 'update', id)).stderr, /say what to change/);
    assert.equal((await cli('destinations', 'delete', 'hook', '--yes')).status, 1);
  });

  it('ends a test with 1 where the endpoint does not take it', async () => {
    const { status, stdout } = await cli('destinations', 'test', 'down');
    assert.equal(status, 1);
    assert.match(stdout, /^failed {2}http:\/\/127\.0\.0\.1:9\/\n {2}no answer in /);
  });
});

describe('sluice tokens', () => {
  it('prints a token alone, which may look and change nothing', async () => {
    const { stdout, stderr } = await cli('tokens', 'create', 'looker', '--expires', '1d');
    assert.match(stdout, /^slt_\S+\n$/);
    assert.match(stderr, /a viewer's, until .*; it is not shown again/);
    const viewer = { ...env, SLUICE_TOKEN: stdout.trim() };
    assert.equal((await runSluice(['sources', 'list'], { env: viewer })).status, 0);
    const forbidden = await runSluice(['sources', 'create', 'No'], { env: viewer });
    assert.equal(forbidden.status, 5);
    assert.match(forbidden.stderr, /needs the role admin.*\nan admin makes one: sluice tokens create/);
    const [{ id }] = await json<readonly [{ readonly id: string }]>('tokens', 'list');
    assert.equal((await cli('tokens', 'revoke', id, '--yes')).stdout, `revoked ${id}\n`);
    const gone = await runSluice(['sources', 'list'], { env: viewer });
    assert.equal(gone.status, 5);
    assert.match(gone.stderr, /the token of SLUICE_TOKEN is none that it knows/);
  });
});

describe('sluice send', () => {
  it('sends a call of each type, and says its id', async () => {
    const calls = [
      ['track', '--event', 'Order Completed', '--property', 'total=39.9'],
      ['identify', '--properties', '{"plan":"pro"}'],
      ['page', '--name', 'Home'],
      ['screen', '--name', 'Home'],
      ['group', '--group', 'g1'],
      ['alias', '--previous', 'a1'],
    ];
    for (const [type = '', ...flags] of calls) {
      const sent = await json('send', type, '--user', 'u1', '--write-key', 'wk_web', ...flags);
      assert.equal(sent['state'], 'accepted', type);
      const { body } = await json<{ readonly body: Record<string, unknown> }>('events', 'show', String(sent['id']));
      assert.equal(body['type'], type);
      if (type === 'track') assert.deepEqual(body['properties'], { total: 39.9 });
      if (type === 'identify') assert.deepEqual(body['traits'], { plan: 'pro' });
    }
  });

  it('watches what becomes of it at each destination', async () => {
    const call = ['send', 'track', '--user', 'u1', '--write-key', 'wk_web', '--watch'];
    const good = await cli(...call, '--event', 'Works');
    assert.equal(good.status, 0, good.stderr);
    assert.match(good.stdout, /^accepted as evt_\w+\n(?:→ .*\n)*→ hook {2}delivered/);
    assert.match(good.stdout, /→ down {2}filtered/);
    const bad = await cli(...call, '--event', 'Fails');
    assert.equal(bad.status, 1);
    assert.match(bad.stdout, /→ down {2}dead: no attempt is left \(connection_refused\) {2}dlv_/);
  });

  it('says why a call was refused, though a library is told 200', async () => {
    const { status, stdout, stderr } = await cli('send', 'track', '--user', 'u1', '--event', 'E', '--write-key', 'no');
    assert.equal(status, 1);
    assert.equal(stdout, 'refused: no source has this write key (unknown_source)\n');
    assert.match(stderr, /sluice sources list/);
    assert.match((await cli('events', 'list', '--refused')).stdout, /^AT .*\n.*key no.* track +unknown_source/);
    assert.equal((await cli('send', 'track', '--user', 'u1')).status, 2);
    assert.equal((await cli('send', 'trakc')).status, 2);
  });

  it('sends a file of calls, and says in which line something is wrong', async () => {
    const lines = Array.from({ length: 700 }, (_, index) =>
      JSON.stringify({ type: 'track', userId: 'u2', event: `B${index}` }),
    );
    const sendFile = async (input: string) =>
      runSluice(['send', '--file', '-', '--write-key', 'wk_web', '--json'], { env, input });
    assert.deepEqual(JSON.parse((await sendFile(lines.join('\n'))).stdout), { sent: 700, refused: 0 });
    const all = await json<readonly unknown[]>('events', 'list', '--user', 'u2', '--all');
    assert.equal(all.length, 700);
    const wrong = await sendFile(`${lines[0] ?? ''}\n\n{"type":"trakc"}`);
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /line 3 has no `type` that is one of/);
    const refused = await sendFile('{"type":"track","userId":"u2"}');
    assert.deepEqual([refused.status, JSON.parse(refused.stdout)], [1, { sent: 1, refused: 1 }]);
  });
});

describe('a list', () => {
  it('pages by itself up to its limit, and says that there is more', async () => {
    const { stdout, stderr } = await cli('events', 'list', '--limit', '230');
    assert.equal(stdout.trimEnd().split('\n').length, 231);
    assert.match(stderr, /there are more than these 230; --limit or --all shows them/);
    assert.equal((await json<readonly unknown[]>('events', 'list')).length, 50);
  });

  it('ends well when whoever reads it has seen enough', async () => {
    const script = '"$SLUICE" events list --all | head -1; echo "${PIPESTATUS[0]}"';
    const { stdout, stderr } = await runShell(script, { env });
    assert.match(stdout, /^ID .*\n0\n$/);
    assert.equal(stderr, '');
  });

  it('ends no copy half done, whoever reads', async () => {
    const [target, restored] = ['backup', 'restored'].map((name) => join(sluice.dataDir, '..', name));
    const script = `"$SLUICE" backup --data-dir "$DATA" --to "$TARGET" | true; echo "\${PIPESTATUS[0]}"
      "$SLUICE" restore --from "$TARGET" --data-dir "$RESTORED" 2>&1 | true; echo "\${PIPESTATUS[0]}"; ls "$RESTORED"`;
    const more = { DATA: sluice.dataDir, TARGET: target ?? '', RESTORED: restored ?? '' };
    const { stdout } = await runShell(script, { env: more });
    assert.match(stdout, /^0\n0\n[^]*^workspace\.db$/m);
  });

  it('shows what is hostile as text, in JSON too', async () => {
    const call = { userId: HOSTILE, event: HOSTILE, properties: { [HOSTILE]: HOSTILE } };
    await post(sluice.url, '/v1/track', call, { writeKey: 'wk_web' });
    const [event] = await json<readonly [{ readonly id: string; readonly name: string }]>(
      'events',
      'list',
      '--limit',
      '1',
    );
    assert.equal(event.name, HOSTILE);
    const commands = [
      ['events', 'list', '--limit', '1'],
      ['events', 'list', '--limit', '1', '--json'],
      ['events', 'show', event.id],
      ['events', 'show', event.id, '--json'],
      ['sources', 'show', HOSTILE],
      ['deliveries', 'list', '--event', HOSTILE],
    ];
    for (const command of commands) {
      const { stdout, stderr } = await cli(...command);
      assert.doesNotMatch(stdout + stderr, /[^\P{C}\n]/u, command.join(' '));
    }
  });

  it('is empty with a word on what to do', async () => {
    const { status, stdout, stderr } = await cli('deliveries', 'list', '--destination', 'nobody');
    assert.deepEqual([status, stdout], [0, '']);
    assert.match(stderr, /there is no such delivery/);
    assert.deepEqual(await json('deliveries', 'list', '--destination', 'nobody'), []);
  });

  it('says that there is none of the name that a filter has', async () => {
    for (const command of [['deliveries', 'list'], ['events', 'list', '--source', 'wbe'], ['retry']]) {
      const { status, stderr } = await cli(...command, ...(command.length === 4 ? [] : ['--destination', 'hok']));
      assert.equal(status, 0);
      assert.match(
        stderr,
        /^sluice: there is no (?:source wbe|destination hok)\nsluice: did you mean (?:web|hook)\?$/m,
      );
    }
  });

  it('takes spans and times, and refuses what is neither', async () => {
    assert.equal((await json<readonly unknown[]>('events', 'list', '--to', '1h')).length, 0);
    assert.notEqual((await json<readonly unknown[]>('events', 'list', '--from', '1h')).length, 0);
    const wrong = await cli('events', 'list', '--from', 'yesterday');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /It must be a span such as 30m, 24h or 7d/);
  });
});

describe('sluice deliveries, retry and replay', () => {
  it('shows a dead delivery with its attempts in words, and tries it again', async () => {
    const dead = ['deliveries', 'list', '--destination', 'down', '--state', 'dead'];
    const [{ id }] = await json<readonly [{ readonly id: string }]>(...dead);
    const { stdout } = await cli('deliveries', 'show', id);
    assert.match(stdout, /^state +dead \(connection_refused\)$/m);
    assert.match(stdout, /attempt 1: failed, no answer in .*\n {2}http:\/\/127\.0\.0\.1:9\/\n {2}nothing listens/);
    assert.match(stdout, new RegExp(`try it again: sluice retry ${id}\\n$`));
    assert.deepEqual(await json('retry', id), { retried: [id], problems: [] });

    while ((await json('deliveries', 'show', id))['state'] !== 'dead');
    const unasked = await cli('retry', '--destination', 'down', '--from', '1h');
    assert.equal(unasked.status, 2);
    assert.match(unasked.stderr, /nobody is here to be asked: try 1 dead delivery again\?/);
    const confirmed = await cli('retry', '--destination', 'down', '--from', '1h', '--yes');
    assert.equal(confirmed.stdout, '1 delivery is tried again\n');
    assert.equal((await cli('retry')).status, 2);
    assert.equal((await cli('retry', id, '--destination', 'down')).status, 2);
    assert.equal((await cli('retry', 'dlv_9_9')).status, 6);
  });

  it('sends events again, follows that, and lists it', async () => {
    const before = receiver.requests.length;
    const begun = ['replay', 'hook', '--from', '1h', '--user', 'u2'];
    assert.match((await cli(...begun)).stderr, /nobody is here to be asked: send 700 events to hook again\?/);
    const { status, stdout } = await cli(...begun, '--yes');
    assert.equal(status, 0);
    assert.match(stdout, /^rpl_\w+ has finished: 700 delivered of 700 deliveries\n$/);
    assert.ok(receiver.requests.length >= before + 700);
    assert.match((await cli('replay', 'list')).stdout, /^ID .*\nrpl_\w+ +hook +finished +700 of 700/);
    const none = await cli('replay', 'hook', '--from', '1h', '--user', 'nobody');
    assert.equal(none.status, 1);
    assert.match(none.stderr, /no event in the log that is so/);
  });

  it('begins a replay and goes, which can be paused and cancelled', async () => {
    const begun = await json('replay', 'hook', '--user', 'u2', '--rate', '5', '--yes', '--no-follow');
    const id = String(begun['id']);
    let state = String(begun['state']);
    while (state === 'counting') state = String((await json('replay', 'show', id))['state']);
    assert.equal((await json('replay', 'pause', id))['state'], 'paused');
    const followed = await cli('replay', 'show', id, '--follow');
    assert.match(followed.stdout, /is paused: /);
    assert.match(followed.stderr, /let it go on: sluice replay resume rpl_/);
    assert.equal((await json('replay', 'resume', id))['state'], 'running');
    assert.equal((await json('replay', 'cancel', id))['state'], 'cancelled');
    assert.equal((await cli('replay', 'cancel', id)).status, 1);
  });
});
