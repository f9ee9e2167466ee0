import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { curlOf, curlOfCaptured, quoted } from './curl.ts';

/** The words that a shell makes of a command line, in place of running curl with them. */
function wordsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}\n`;
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

const HOSTILE = [
  `it's "quoted"`,
  'two\nlines\tand a tab',
  '$(touch /tmp/owned) `id` ${HOME} $HOME',
  String.raw`back\slash \' \n`,
  "'; rm -rf /; '",
  '!history & | > < * ? [a] {b} ~ # ;',
  'déjà vu 🙂',
  '@/etc/passwd',
  '--help',
];

describe('A text for a shell', () => {
  for (const text of HOSTILE) {
    it(`arrives as it is: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(wordsOf(`curl ${quoted(text)}`), [text]);
    });
  }

  it('loses what a terminal would take for a key', () => {
    assert.equal(quoted('a\u0003b\u001b[2Jc\u007fd\re\u009b'), `'ab[2Jcde'`);
  });
});

describe('A request as a command line of curl', () => {
  it('has method, URL, headers and body, each as one word', () => {
    const body = { event: "It's $(id) `id`", lines: 'a\nb', deleted: 'x\u007f\u009b', names: HOSTILE };
    const words = wordsOf(
      curlOf({ url: "https://a.example/h?x=$(id)&y='[1-9]", method: 'POST', headers: { 'X-A': "b'c" }, body }),
    );
    assert.deepEqual(words.slice(0, -1), [
      ...['--globoff', '--request', 'POST', '--url', "https://a.example/h?x=$(id)&y='[1-9]"],
      ...['--header', "X-A: b'c", '--data-raw'],
    ]);
    assert.deepEqual(JSON.parse(words.at(-1) ?? ''), body);
  });

  it('has a placeholder where a value was masked', () => {
    const headers = { authorization: '***' };
    assert.deepEqual(wordsOf(curlOf({ url: 'https://a.example', method: 'PUT', headers, body: undefined })).slice(-2), [
      '--header',
      'authorization: <your authorization>',
    ]);
  });

  it('leaves to curl what is of the connection, and keeps headers without a value', () => {
    const headers = { Host: 'a.example', 'Content-Length': '3', connection: 'close', 'x-empty': '' };
    const command = curlOf({ url: 'https://a.example', method: 'POST', headers, body: undefined });
    assert.deepEqual(wordsOf(command).slice(5), ['--header', 'x-empty;']);
  });
});

describe('A captured request as a command line of curl', () => {
  const url = 'http://localhost/bins/a/../b?x=$(id)';

  it('has its headers in order and its body, each as one word', () => {
    const headers = [
      ...[
        { name: 'Host', value: 'a' },
        { name: 'X-A', value: "1 'and' $HOME" },
      ],
      ...[
        { name: 'x-a', value: '2' },
        { name: 'Content-Type', value: 'text/plain' },
      ],
    ];
    const bytes = new TextEncoder().encode("it's\n$(id) é");
    assert.deepEqual(wordsOf(curlOfCaptured({ url, method: 'PUT', headers, bytes })), [
      ...['--globoff', '--path-as-is', '--request', 'PUT', '--url', url],
      ...['--header', "X-A: 1 'and' $HOME", '--header', 'x-a: 2', '--header', 'Content-Type: text/plain'],
      ...['--data-raw', "it's\n$(id) é"],
    ]);
  });

  it('has the bytes of a body that is no text', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const command = curlOfCaptured({ url, method: 'POST', headers: [], bytes });
    const script = `curl() { cat; }\n${command}\n`;
    assert.deepEqual(new Uint8Array(execFileSync('/bin/sh', ['-c', script])), bytes);
  });

  it('asks for a head alone where that was asked', () => {
    assert.match(curlOfCaptured({ url, method: 'HEAD', headers: [], bytes: new Uint8Array() }), /--head /);
  });
});
