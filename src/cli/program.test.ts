import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { MINIMAL_CONFIG } from '../config/minimal.ts';
import { version } from '../version.ts';

const SLUICE = join(import.meta.dirname, '../../bin/sluice');
const folder = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function sluice(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(SLUICE, args, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

describe('the command line', () => {
  it('prints its version', () => {
    assert.deepEqual(sluice('--version'), { status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints help with examples', () => {
    const { status, stdout, stderr } = sluice('--help');
    assert.equal(status, 0);
    assert.match(stdout, /Usage: sluice .*dev.*serve.*config.*Examples:.*sluice serve --config/s);
    assert.equal(stderr, '');
    assert.match(sluice('serve', '--help').stdout, /--config <file>.*--data-dir <dir>.*--host <host>.*--port <port>/s);
  });

  it('ends wrong usage with 2 and one message', () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['serv'], /^sluice: unknown command 'serv'\n\(Did you mean serve\?\)\n/],
      [['serve', '--prot', '1'], /^sluice: unknown option '--prot'\n\(Did you mean --port\?\)\n/],
      [['serve', '--port', '70000'], /^sluice: option '--port <port>' .* whole number from 0 to 65535/],
      [['serve', '--port', '1e3'], /whole number/],
      [['dev', '--host', 'http://x'], /^sluice: option '--host <host>' .* host name or an address/],
      [['serve', '--data-dir', ''], /must not be empty/],
      [['serve', 'extra'], /^sluice: too many arguments.*\nTry `sluice serve --help`\.\n$/],
      [['sources', 'keys', 'issue'], /missing required argument 'source'\nTry `sluice sources keys issue --help`/],
      [['sources', 'lst'], /^sluice: unknown command 'lst'\n\(Did you mean list\?\)\nTry `sluice sources --help`/],
      [['tail', '--outcome', 'good'], /Allowed choices are succeeded, failed, rejected, skipped/],
      [['retry', '--from', 'soon'], /must be a span such as 30m, 24h or 7d/],
      [['setup', 'nope'], /^sluice: .*'nope' is invalid.* Allowed choices are browser, .*, http\./],
      [['setup', 'node', '--url', 'ftp://x'], /must be a URL without a path/],
      [[], /^Usage: sluice/],
    ];
    for (const [args, message] of wrong) {
      const { status, stdout, stderr } = sluice(...args);
      assert.equal(status, 2, args.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n +at /);
    }
  });
});

describe('sluice setup', () => {
  it('lists the libraries, and prints the code of one with where and as whom it sends', () => {
    const listed = sluice('setup');
    assert.match(listed.stdout, /^browser +web +Analytics\.js \(npm\)\n/);
    const target = ['--url', 'https://events.example.com:8443/', '--write-key', 'wk_1'];
    const { status, stdout, stderr } = sluice('setup', 'node', ...target);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /\{ writeKey: 'wk_1', host: 'https:\/\/events\.example\.com:8443' \}/);
  });

  it('gives code and hints to a program', () => {
    const listed = JSON.parse(sluice('setup', '--json').stdout) as readonly { readonly id: string }[];
    assert.equal(listed[0]?.id, 'browser');
    const php = JSON.parse(sluice('setup', 'php', '--json').stdout) as { code: string; hints: readonly string[] };
    assert.match(php.code, /^Segment/);
    assert.match(php.hints.join(), /PHP sends over HTTPS alone/);
  });

  it('says beside the code that a library will not send over plain HTTP', () => {
    const { stdout, stderr } = sluice('setup', 'php');
    assert.match(stdout, /^Segment\\Segment::init\('dev', \['host' => '127\.0\.0\.1:8080'\]\);/);
    assert.match(stderr, /PHP sends over HTTPS alone/);
  });
});

describe('sluice config', () => {
  it('prints what serve runs by and where it is from, secrets masked, without colours where nobody looks', () => {
    const text = 'admin: { token: "${TOKEN}" }\n';
    const file = write('shown.yaml', text);
    const env = { ...process.env, TOKEN: 'hunter2-7fK2xWq9ZtLm', SLUICE_LOG_LEVEL: 'warn', SLUICE_CONFIG: file };
    const run = (...args: readonly string[]): string =>
      spawnSync(SLUICE, ['config', ...args], { cwd: folder, encoding: 'utf8', env }).stdout;
    const lines = run('--port', '1');
    assert.match(lines, /^ {2}port: 1 +# --port$/m);
    assert.match(lines, /^ {2}host: 127\.0\.0\.1 +# default$/m);
    assert.match(lines, /^ {2}level: warn +# SLUICE_LOG_LEVEL$/m);
    assert.match(lines, /^ {2}token: "\*\*\*" +# shown\.yaml:1 \$\{TOKEN\}$/m);
    assert.doesNotMatch(lines, /\u001b|hunter2/);
    const { values, origins } = JSON.parse(run('--json')) as Record<string, Record<string, unknown>>;
    assert.deepEqual(values?.['admin'], { token: '***' });
    assert.equal(origins?.['admin.token'], 'shown.yaml:1 ${TOKEN}');
  });
});

describe('sluice config check', () => {
  it('says what a good file declares', () => {
    write('sluice.yaml', MINIMAL_CONFIG);
    assert.deepEqual(sluice('config', 'check'), { status: 0, stdout: 'ok: 1 source, 1 destination\n', stderr: '' });
    rmSync(join(folder, 'sluice.yaml'));
    const other = write('other.yaml', 'sources: [{ id: a, writeKeys: [a] }, { id: b, writeKeys: [b] }]');
    assert.equal(sluice('config', 'check', '--config', other).stdout, 'ok: 2 sources, 0 destinations\n');
  });

  it('tells all mistakes and ends with 1', () => {
    const file = write('wrong.yaml', 'http: { prot: 80 }\nsourcs: []\n');
    assert.deepEqual(sluice('config', 'check', '--config', file), {
      status: 1,
      stdout: '',
      stderr:
        'sluice: the configuration has 2 mistake(s):\n' +
        'wrong.yaml:1:9 http.prot: unknown key `prot`; did you mean `port`?\n' +
        'wrong.yaml:2:1 sourcs: unknown key `sourcs`; did you mean `sources`?\n',
    });
  });

  it('tells a program the same as JSON', () => {
    const file = write('wrong.yaml', 'http: { prot: 80 }\n');
    const wrong = sluice('config', 'check', '--config', file, '--json');
    assert.deepEqual([wrong.status, wrong.stderr], [1, '']);
    const problems = ['wrong.yaml:1:9 http.prot: unknown key `prot`; did you mean `port`?'];
    assert.deepEqual(JSON.parse(wrong.stdout), { isOk: false, problems });
    const good = sluice('config', 'check', '--config', write('good.yaml', '{}'), '--json');
    assert.deepEqual(JSON.parse(good.stdout), { isOk: true, sources: 0, destinations: 0, problems: [] });
  });

  it('shows what to write where there is no file yet', () => {
    const { status, stderr } = sluice('config', 'check');
    assert.equal(status, 1);
    assert.ok(stderr.startsWith('sluice: cannot read sluice.yaml: there is no such file here.'));
    assert.ok(stderr.includes(MINIMAL_CONFIG));
  });
});
