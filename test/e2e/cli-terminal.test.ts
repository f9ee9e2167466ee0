/** The command line as somebody meets it who sits at a terminal, follows what happens there, and lets a shell complete. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { ownEnvironment, runShell, runSluice } from '../support/command-line.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { TerminalSession } from '../support/terminal-session.ts';
import { post } from '../support/tracking.ts';

const TOKEN = 'hunter2-7fK2xWq9ZtLm-0000';
const home = mkdtempSync(join(tmpdir(), 'sluice-home-'));

let sluice: SluiceProcess;
let receiver: Receiver;
let env: Readonly<Record<string, string>>;

before(async () => {
  receiver = await openReceiver();
  const config = {
    admin: { token: TOKEN },
    network: { allow: ['127.0.0.0/8'] },
    storage: { reserve: '0B' },
    sources: [{ id: 'web', name: 'A name that is longer than what fits', writeKeys: ['wk_web'] }],
    destinations: [{ id: 'hook', sources: ['web'], settings: { webhookUrl: receiver.url('/hook') } }],
  };
  sluice = await SluiceProcess.start({ config, keepsPort: true });
  env = { SLUICE_URL: sluice.url, SLUICE_TOKEN: TOKEN, XDG_CONFIG_HOME: home };
});
after(async () => {
  await sluice.close();
  await receiver.close();
  rmSync(home, { recursive: true });
});

const track = async (event: string, userId = 'u1') =>
  post(sluice.url, '/v1/track', { userId, event }, { writeKey: 'wk_web' });

/** What is shown, without colours. */
const plain = (text: string): string => text.replaceAll(/\u001b\[[\d;]*[A-Za-z]/g, '').replaceAll('\r', '');

describe('a terminal', () => {
  it('has colours and lines that fit, and neither in a pipe', async () => {
    const narrow = TerminalSession.open(['sources', 'list'], { env, columns: 40 });
    assert.equal(await narrow.ended(), 0);
    assert.match(narrow.shown, /\u001b\[32m/);
    assert.match(plain(narrow.shown), /^web {2}A \S*… /m);
    for (const line of plain(narrow.shown).split('\n')) assert.ok(line.length <= 40, line);

    const uncolored = TerminalSession.open(['sources', 'list'], { env: { ...env, NO_COLOR: '1' } });
    await uncolored.ended();
    assert.doesNotMatch(uncolored.shown, /\u001b\[3/);
    const piped = await runSluice(['sources', 'list'], { env });
    assert.match(piped.stdout, /A name that is longer than what fits/);
    assert.doesNotMatch(piped.stdout, /\u001b/);
    assert.match((await runSluice(['sources', 'list'], { env: { ...env, FORCE_COLOR: '1' } })).stdout, /\u001b\[32m/);
  });

  it('asks before it does what cannot be taken back', async () => {
    const { stdout } = await runSluice(['sources', 'create', 'Gone', '--json'], { env });
    const { id } = JSON.parse(stdout) as { readonly id: string };
    for (const [answer, status] of [
      ['n\r', 1],
      ['\r', 1],
      ['\u0003', 130],
      ['\u0004', 1],
      ['y\r', 0],
    ] as const) {
      const session = TerminalSession.open(['sources', 'delete', id], { env });
      await session.sees(/delete source src_\w+\? \[y\/N\]/);
      session.types(answer);
      assert.equal(await session.ended(), status, JSON.stringify(answer));
    }
    assert.equal((await runSluice(['sources', 'show', id], { env })).status, 6);
  });

  it('is typed a token at, which it does not show', async () => {
    const session = TerminalSession.open(['profiles', 'add', 'here', '--url', sluice.url], {
      env: { XDG_CONFIG_HOME: home },
    });
    await session.sees(/API token for .* \(not shown; empty for none\): /);
    session.types(`${TOKEN}\r`);
    assert.equal(await session.ended(), 0, session.shown);
    assert.doesNotMatch(session.shown, /hunter2/);
    assert.match(readFileSync(join(home, 'sluice/profiles.json'), 'utf8'), new RegExp(TOKEN));
    assert.equal((await runSluice(['sources', 'list'], { env: { XDG_CONFIG_HOME: home } })).status, 0);
  });

  it('shows how far a replay has come, which goes on when nobody watches any more', async () => {
    for (let number = 0; number < 40; number++) await track(`R${number}`);
    await receiver.count(40);
    const session = TerminalSession.open(['replay', 'hook', '--rate', '6'], { env });
    await session.sees(/send 40 events to hook again\? \[y\/N\]/);
    session.types('y\r');
    await session.sees(/█.* \d+ of 40 .*\d+\/s .*about .* left/);
    session.types('\u0003');
    assert.equal(await session.ended(), 130);
    assert.match(plain(session.shown), /it goes on; follow it with `sluice replay show rpl_\w+ --follow`/);
    const [id] = /rpl_\w+/.exec(session.shown) ?? [''];
    const followed = await runSluice(['replay', 'show', id, '--follow'], { env });
    assert.match(followed.stdout, /has finished: 40 delivered of 40 deliveries/);
    assert.match(followed.stderr, /^sluice: \d+ of 40/);
  });
});

/** `sluice tail` while it runs. */
function openTail(...flags: readonly string[]) {
  const child = spawn(join(import.meta.dirname, '../../bin/sluice'), ['tail', ...flags], {
    ...{ env: { ...ownEnvironment(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  const lines: string[] = [];
  const wanted = createInterface({ input: child.stdout });
  wanted.on('line', (line) => lines.push(line));
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
  return {
    lines,
    said: () => told,
    /** The first line that matches, as soon as there is one. */
    line: async (pattern: RegExp): Promise<string> => {
      const deadline = AbortSignal.timeout(20_000);
      for (;;) {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        await once(wanted, 'line', { signal: deadline });
      }
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(child, 'close');
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await closed;
    },
  };
}

/** Sends until the reader has seen one: it is there from then on. */
async function untilSeen(tail: { readonly lines: readonly string[] }): Promise<void> {
  while (tail.lines.length === 0) await track('First');
}

describe('sluice replay', () => {
  it('is followed over a restart of Sluice', async () => {
    for (let number = 0; number < 30; number++) await track(`Again ${number}`, 'u2');
    const args = ['replay', 'hook', '--rate', '8', '--yes', '--user', 'u2'];
    const following = runSluice(args, { env });
    let done = 0;
    while (done < 3) {
      const { stdout } = await runSluice(['replay', 'list', '--limit', '1', '--json'], { env });
      const [newest] = JSON.parse(stdout) as readonly { readonly state: string; readonly done: number }[];
      done = newest?.state === 'running' ? newest.done : 0;
    }
    await sluice.kill9();
    await sluice.restart();
    const { status, stdout, stderr } = await following;
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^rpl_\w+ has finished: 30 delivered of 30 deliveries\n$/);
  });
});

describe('sluice tail', () => {
  it('shows events and attempts as they happen, in the lines of `sluice dev`', async () => {
    await using tail = openTail();
    await untilSeen(tail);
    await track('Second');
    await tail.line(/^\d\d:\d\d:\d\d\.\d{3} ← track "Second" {2}user u1, source web {2}evt_\w+$/);
    await tail.line(/→ track "Second" {2}delivered to hook \(127\.0\.0\.1:\d+\): 200 in \d+ ms {2}evt_\w+$/);
    await post(sluice.url, '/v1/track', { userId: 'u1' }, { writeKey: 'wk_web' });
    await tail.line(/← track refused {2}source web: .*\(event_not_defined\)$/);
  });

  it('tells only what is asked for, as JSON lines, and ends after so many', async () => {
    await using watching = openTail('--json', '--kinds', 'event', '--name', 'Wanted', '--count', '1');
    while (watching.lines.length === 0) {
      await track('Other');
      await track('Wanted');
    }
    const { kind, data } = JSON.parse(watching.lines[0] ?? '') as { kind: string; data: { name: string } };
    assert.deepEqual([kind, data.name], ['event', 'Wanted']);
    assert.equal(watching.lines.length, 1);
  });

  it('goes on after a restart of Sluice, and says what it may have missed', async () => {
    await using tail = openTail();
    await untilSeen(tail);
    await sluice.kill9();
    await track('Lost').catch(() => undefined);
    await sluice.restart();
    await tail.line(
      /^… something is not shown: Sluice was restarted meanwhile\. Look it up: sluice deliveries list --from /,
    );
    await track('Afterwards');
    await tail.line(/← track "Afterwards"/);
    assert.match(tail.said(), /the connection was lost \(.*\); connecting again\nsluice: connected again\n$/);
  });

  it('fails at once where it may not look, or asks for what there is not', async () => {
    assert.equal((await runSluice(['tail'], { env: { ...env, SLUICE_TOKEN: 'wrong' } })).status, 5);
    const wrong = await runSluice(['tail', '--kinds', 'events'], { env });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /must be some of event, attempt, refused/);
  });
});

describe('completion in a real bash', () => {
  it('knows commands, flags, choices, files, and ids of the running Sluice', async () => {
    const script = `
      source <("$SLUICE" completion bash)
      complete -p sluice
      at() { COMP_WORDS=("$SLUICE" "$@"); COMP_CWORD=$#; _sluice; echo "$*: \${COMPREPLY[*]}"; }
      at dest; at destinations show ''; at tail --outc; at tail --outcome ''; at sources keys ''
      at tail --profile ''; at serve --config $XDG_CONFIG_HOME/slu; at completion ''; at nothing there ''
    `;
    const { status, stdout, stderr } = await runShell(script, { env });
    assert.deepEqual([status, stderr], [0, '']);
    assert.deepEqual(stdout.split('\n').slice(0, -1), [
      'complete -F _sluice sluice',
      'dest: destinations',
      'destinations show : hook',
      'tail --outc: --outcome',
      'tail --outcome : succeeded failed rejected skipped',
      'sources keys : list issue revoke',
      'tail --profile : here',
      `serve --config ${home}/slu: ${home}/sluice`,
      'completion : bash zsh fish',
      'nothing there : ',
    ]);
  });

  it('is silent, and soon, where no Sluice answers', async () => {
    const words = ['__complete', '--', 'destinations', 'show', ''];
    const { status, stdout, stderr } = await runSluice(words, { env: { SLUICE_URL: 'http://127.0.0.1:9' } });
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
  });
});
