/** `sluice import`: every call of a file is there once, whatever is killed on the way, and with the time that it had. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { linesOf } from '../support/call-lines.ts';
import { ownEnvironment, runSluice } from '../support/command-line.ts';
import { type Answer, openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const TOKEN = 'hunter2-7fK2xWq9ZtLm-0000';
const PROGRAM = join(import.meta.dirname, '../../bin/sluice');
const KILLS = 4;

const folder = mkdtempSync(join(tmpdir(), 'sluice-import-'));
let receiver: Receiver;
let sluice: SluiceProcess;
before(async () => {
  receiver = await openReceiver();
  sluice = await SluiceProcess.start({ keepsPort: true, config: config() });
});
after(async () => {
  await sluice.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

const sourcesWith = (key: string) => [
  { id: 'archive', writeKeys: [key] },
  { id: 'unheard', writeKeys: ['wk_unheard'] },
  { id: 'web', writeKeys: ['wk_web'], kind: 'web' },
  { id: 'off', writeKeys: ['wk_off'], enabled: false },
];

function config() {
  const batch = { maxEvents: 1_000, maxWaitMs: 50 };
  return {
    admin: { token: TOKEN },
    network: { allow: ['127.0.0.0/8'] },
    storage: { reserve: '0B' },
    sources: sourcesWith('wk_archive'),
    destinations: [
      { id: 'hook', sources: ['archive', 'web'], settings: { webhookUrl: receiver.url() }, delivery: { batch } },
    ],
  };
}

const environment = (url = sluice.url) => ({
  SLUICE_URL: url,
  SLUICE_TOKEN: TOKEN,
  XDG_STATE_HOME: join(folder, 'state'),
});
const imports = async (...args: readonly string[]) => runSluice(['import', ...args], { env: environment() });

/** A file of the test's folder. */
function write(name: string, content: string | Buffer): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

interface Delivered {
  readonly event: string;
  readonly messageId: string;
  readonly timestamp: string;
  readonly properties: { readonly n: number };
  readonly context: { readonly ip?: string; readonly userAgent?: string };
}

const eventsIn = ({ body }: ReceivedRequest): readonly Delivered[] => JSON.parse(body) as readonly Delivered[];
const delivered = (name: string) => receiver.requests.flatMap(eventsIn).filter(({ event }) => event === name);

/** What was delivered of this name, once an event that was sent behind all of it has come. */
async function allDelivered(name: string): Promise<readonly Delivered[]> {
  const behind = `behind ${name}`;
  await post(sluice.url, '/v1/track', { userId: 'u', event: behind }, { writeKey: 'wk_archive' });
  while (delivered(behind).length === 0) await receiver.count(receiver.requests.length + 1);
  return delivered(name);
}

/** Each of them is there, and once. */
async function assertOnce(name: string, count: number): Promise<void> {
  const events = await allDelivered(name);
  const numbers = events.map(({ properties }) => properties.n).toSorted((a, b) => a - b);
  assert.deepEqual(
    numbers,
    Array.from({ length: count }, (_, n) => n),
  );
}

function start(...args: readonly string[]): ChildProcess {
  const env = { ...ownEnvironment(), ...environment() };
  return spawn(PROGRAM, ['import', ...args], { env, stdio: 'ignore' });
}

describe('sluice import', () => {
  it('sends what is in files, gzip or not, with the times and ids that it has', async () => {
    const call = { type: 'track', userId: 'u', event: 'kept', properties: { n: 0 } };
    const plain = write(
      'kept',
      [
        { ...call, messageId: 'mine', timestamp: '2020-02-03T04:05:06.789Z', sentAt: '2020-02-03T04:06:00Z' },
        {
          ...call,
          originalTimestamp: '2020-02-03T04:05:06Z',
          sentAt: '2020-02-03T04:05:07Z',
          receivedAt: '2020-02-03T05:05:07Z',
        },
      ]
        .map((each) => JSON.stringify(each))
        .join('\r\n'),
    );
    const packed = write(
      'packed.txt',
      Buffer.concat([gzipSync(linesOf('packed', 3)), gzipSync(linesOf('packed', 2, 3))]),
    );
    const { status, stdout, stderr } = await imports(plain, packed, '--write-key', 'wk_archive');
    assert.equal(stderr, '');
    assert.match(stdout, /^imported 7 events in .*\nsee them: sluice events list --source archive\n$/);
    assert.equal(status, 0);
    await assertOnce('packed', 5);
    const kept = delivered('kept');
    assert.deepEqual(
      kept.map(({ timestamp }) => timestamp),
      ['2020-02-03T04:05:06.789Z', '2020-02-03T05:05:06.000Z'],
    );
    assert.equal(kept[0]?.messageId, 'mine');
    assert.match(kept[1]?.messageId ?? '', /^import-[0-9a-f]{32}$/);
  });

  it('does not take the address of who imports for that of a user', async () => {
    const file = write('web', linesOf('web', 1));
    assert.equal((await imports(file, '--write-key', 'wk_web')).status, 0);
    const [event] = await allDelivered('web');
    assert.deepEqual(event?.context, { ip: '0.0.0.0' });
  });

  it('goes on where it was when it is killed at any moment, without a gap and without anything twice', async () => {
    const count = 12_000;
    const lines = linesOf('killed', count).split('\n');
    const bad = Array.from({ length: 24 }, (_, index) => `bad ${index}`);
    for (const [index, line] of bad.entries()) lines.splice(index * 500, 0, line);
    const file = write('killed.gz', gzipSync(lines.join('\n')));
    const refused = join(folder, 'killed.refused');
    const args = [file, '--write-key', 'wk_archive', '--skip-invalid', '--refused', refused];
    let kills = 0;
    for (let exitCode: number | null = null; exitCode === null;) {
      const child = start(...args, '--rate', '4000');
      const ended = once(child, 'exit') as Promise<[number | null]>;
      const some = kills < KILLS ? receiver.count(receiver.requests.length + 1 + Math.floor(Math.random() * 6)) : ended;
      if ((await Promise.race([ended, some.then(() => null)])) === null) child.kill('SIGKILL');
      [exitCode] = await ended;
      if (exitCode === null) kills += 1;
    }
    assert.equal(kills, KILLS);
    await assertOnce('killed', count);
    assert.deepEqual(readFileSync(refused, 'utf8').trimEnd().split('\n'), bad, 'refused lines are kept once, too');
    const again = await imports(...args);
    assert.match(again.stdout, /all of its 12,024 lines were imported before; --restart sends them again/);
  });

  it('waits for a Sluice that is restarted, and says so', async () => {
    const file = write('restarted', linesOf('restarted', 4_000));
    const running = imports(file, '--write-key', 'wk_archive', '--rate', '3000');
    await receiver.count(receiver.requests.length + 3);
    await sluice.terminate();
    await sluice.restart();
    const { status, stderr } = await running;
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /the Sluice at \S+ (?:answers 503 \(.*\)|does not listen|broke the connection \(.*\)); trying again in/,
    );
    assert.match(stderr, /it takes events again, after/);
    await assertOnce('restarted', 4_000);
  });

  it('waits as long as it is asked to, sends again what had no answer, and gives up when it was told to', async () => {
    const answers: Answer[] = [
      { status: 503, headers: { 'retry-after': '1' }, body: '{"message":"full"}' },
      'reset',
      { status: 429 },
    ];
    const front = await openFront((path) => (path === '/v1/import' ? answers.shift() : undefined));
    const file = write('front', linesOf('front', 1_500));
    const args = ['import', file, '--write-key', 'wk_archive', '--concurrency', '1'];
    const { status, stderr } = await runSluice(args, { env: environment(front.url('')) });
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /answers 503 \(full\); trying again in 1 s\n.*broke the connection \(.*\); .*\n.*answers 429; /,
    );
    await assertOnce('front', 1_500);

    const dead = await openFront((path) => (path === '/v1/import' ? { status: 502 } : undefined));
    const more = ['--restart', '--give-up-after', '300ms'];
    const given = await runSluice([...args, ...more], { env: environment(dead.url('')) });
    assert.equal(given.status, 4);
    assert.match(given.stderr, /given up after \d+ ms in which Sluice answers 502/);
    await Promise.all([front.close(), dead.close()]);
  });

  it('stops at a line that Sluice would not accept, and goes on there once it is mended', async () => {
    const lines = linesOf('mended', 4).split('\n');
    const file = write('mended', lines.with(2, '{"type":"track","event":"mended"}').join('\n'));
    const { status, stderr, stdout } = await imports(file, '--write-key', 'wk_archive');
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(
      stderr,
      /mended:3: neither `userId` nor `anonymousId` is there \(no_user_anon_id\)\nall before it is imported; mend/,
    );
    write('mended', lines.join('\n'));
    const mended = await imports(file, '--write-key', 'wk_archive');
    assert.match(mended.stderr, /mended:3: going on behind 2 lines/);
    assert.match(mended.stdout, /^imported 2 events/);
    await assertOnce('mended', 4);
  });

  it('refuses a file that is another than the one whose import was begun, unless that was over', async () => {
    const [one = '', two = ''] = linesOf('another', 2).split('\n');
    const rewrite = (...lines: readonly string[]) => write('another', lines.join('\n'));
    assert.equal((await imports(rewrite(one), '--write-key', 'wk_archive')).status, 0);
    assert.match(
      (await imports(rewrite(two, 'broken'), '--write-key', 'wk_archive')).stderr,
      /another:2: the line is no JSON/,
    );
    const { status, stderr } = await imports(rewrite(one, two), '--write-key', 'wk_archive');
    assert.equal(status, 1);
    assert.match(stderr, /another:1: this is not the file whose import was begun: .*\nimport it from its .* --restart/);
    assert.equal((await imports(rewrite(one, two), '--write-key', 'wk_archive', '--restart')).status, 0);
    assert.equal(
      (await imports(rewrite(one, one), '--write-key', 'wk_archive')).status,
      1,
      'part of it is what it was',
    );
  });

  it('says that a file is cut off, and goes on with a whole copy of it', async () => {
    const whole = gzipSync(linesOf('cut', 20_000));
    const file = write('cut.gz', whole.subarray(0, whole.length / 2));
    const cut = await imports(file, '--write-key', 'wk_archive');
    assert.equal(cut.status, 1);
    assert.match(cut.stderr, /cut\.gz is gzip and broken, or cut off: unexpected end of file\nwith a whole copy/);
    write('cut.gz', whole);
    const again = await imports(file, '--write-key', 'wk_archive');
    assert.match(again.stderr, /cut\.gz:\d+: going on behind [\d,]+ lines/);
    assert.equal(again.status, 0);
    await assertOnce('cut', 20_000);
  });

  it('leaves out such lines where it is told to, lists them, and keeps them to be mended', async () => {
    const bad = ['{"type":"track","event":"A"}', 'nope', '[1]', '{"type":"delete","userId":"u"}', '{"batch":[]}'];
    const long = JSON.stringify({ type: 'track', userId: 'u', event: 'left', x: 'x'.repeat(33_000) });
    const longer = `"${'x'.repeat(1_000_000)}`;
    const deep = `{"type":"track","userId":"u","event":"left","x":${'['.repeat(2_000)}${']'.repeat(2_000)}}`;
    const good = linesOf('left', 2).split('\n');
    const file = write('left', [good[0], ...bad, '', long, longer, deep, good[1]].join('\n'));
    write('invalid', Buffer.concat([readFileSync(file), Buffer.from([0x0a, 0x22, 0xff, 0x22, 0x0a])]));
    const refused = join(folder, 'refused');
    const args = [join(folder, 'invalid'), '--write-key', 'wk_archive', '--json'];
    const { status, stdout } = await imports(...args, '--skip-invalid', '--refused', refused);
    assert.equal(status, 0);
    const { accepted, reasons, refusedLines } = JSON.parse(stdout) as Record<string, unknown> & {
      refusedLines: object[];
    };
    assert.equal(accepted, 2);
    assert.deepEqual(reasons, {
      ...{ no_user_anon_id: 1, malformed_json: 1, item_not_object: 1, type_unknown: 1, is_batch: 1 },
      ...{ item_too_large: 1, line_too_long: 1, too_deep: 1, not_utf8: 1 },
    });
    assert.partialDeepStrictEqual(refusedLines[0], { line: 2, reason: 'no_user_anon_id' });
    assert.deepEqual(readFileSync(refused, 'latin1').split('\n').slice(0, 5), bad);
    await assertOnce('left', 2);
    const again = await imports(...args, '--restart', '--skip-invalid', '--refused', refused);
    assert.match(again.stderr, /cannot write refused lines to \S+: it is there already/);
    const dry = await imports(join(folder, 'invalid'), '--dry-run');
    assert.equal(dry.status, 1);
    assert.match(dry.stdout, /^2 events could be imported .*; nothing was sent\nnot 9 lines: no_user_anon_id 1, /);
  });

  it('sends nothing where all of it would be dropped', async () => {
    const file = write('dropped', linesOf('dropped', 1));
    const unknown = await imports(file, '--write-key', 'wk_nobody');
    assert.equal(unknown.status, 6);
    assert.match(
      unknown.stderr,
      /no source of the Sluice at \S+ has this write key: all would be dropped\n.*sources list/,
    );
    const off = await imports(file, '--write-key', 'wk_off');
    assert.equal(off.status, 1);
    assert.match(off.stderr, /the source off is disabled: all would be dropped/);
    const none = await runSluice(['import', file, '--write-key', 'wk_unheard'], {
      env: { ...environment(), SLUICE_TOKEN: '' },
    });
    assert.match(none.stderr, /without an API token it cannot be told whether the source is enabled/);
    assert.equal(none.status, 0);
    assert.equal((await imports(file)).status, 2);
  });

  it('stops when the write key is taken away, and takes nothing for imported that was dropped', async () => {
    const file = write('keyless', linesOf('keyless', 6_000));
    const running = imports(file, '--write-key', 'wk_archive', '--rate', '2000');
    await receiver.count(receiver.requests.length + 3);
    await sluice.configure({ ...config(), sources: sourcesWith('wk_another') });
    sluice.hangUp();
    const { status, stderr } = await running;
    assert.equal(status, 6);
    assert.match(stderr, /no source of the Sluice at \S+ has this write key/);
    await sluice.configure(config());
    sluice.hangUp();
    let again = await imports(file, '--write-key', 'wk_archive');
    while (again.status === 6) again = await imports(file, '--write-key', 'wk_archive');
    assert.equal(again.status, 0, again.stderr);
    await assertOnce('keyless', 6_000);
  });

  it('reads stdin, no faster than it is told to', async () => {
    const args = ['import', '-', '--write-key', 'wk_unheard', '--rate', '40', '--json'];
    const { stdout } = await runSluice(args, { env: environment(), input: linesOf('stdin', 40) });
    const { accepted, tookMs } = JSON.parse(stdout) as { readonly accepted: number; readonly tookMs: number };
    assert.equal(accepted, 40);
    assert.ok(tookMs >= 700, `${tookMs} ms`);
  });

  it('stops cleanly at a signal, and says how to go on', async () => {
    const file = write('stopped', linesOf('stopped', 3_000));
    const child = spawn(PROGRAM, ['import', file, '--write-key', 'wk_archive', '--rate', '1000'], {
      ...{ env: { ...ownEnvironment(), ...environment() }, stdio: ['ignore', 'ignore', 'pipe'] },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    await receiver.count(receiver.requests.length + 1);
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'close'), [1, null]);
    assert.match(stderr, /stopped; [\d,]+ events of this run were accepted\nrun the same command to go on\n$/);
    assert.equal((await imports(file, '--write-key', 'wk_archive')).status, 0);
    await assertOnce('stopped', 3_000);
  });
});

/** Something that stands before Sluice: what it does not answer itself, Sluice does. */
async function openFront(answerTo: (path: string) => Answer | undefined): Promise<Receiver> {
  const front = await openReceiver();
  front.answer(async ({ method, url, headers, rawBody }) => {
    const own = answerTo(url);
    if (own !== undefined) return own;
    const { authorization = '' } = headers;
    const response = await fetch(`${sluice.url}${url}`, {
      ...{ method, headers: { authorization } },
      ...(method === 'GET' ? {} : { body: new Uint8Array(rawBody) }),
    });
    return { status: response.status, body: await response.text() };
  });
  return front;
}
