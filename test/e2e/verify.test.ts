/** `sluice verify`: what it says of requests that Sluice really sent. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runSluice } from '../support/command-line.ts';
import { openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const SECRET = 'keep-me-safe';
const folder = mkdtempSync(join(tmpdir(), 'sluice-verify-'));
let receiver: Receiver;
let sluice: SluiceProcess;
let request: ReceivedRequest;
let bin: { readonly id: string; readonly url: string };
before(async () => {
  receiver = await openReceiver();
  sluice = await SluiceProcess.start({ command: 'dev', host: null });
  const api = `${sluice.url}/api/v1`;
  const headers = { 'content-type': 'application/json' };
  bin = (await (await fetch(`${api}/bins`, { method: 'POST' })).json()) as typeof bin;
  for (const [name, webhookUrl] of Object.entries({ hook: receiver.url(), binned: bin.url })) {
    const body = JSON.stringify({ name, sources: ['dev'], settings: { webhookUrl, sharedSecret: SECRET } });
    assert.equal((await fetch(`${api}/destinations`, { method: 'POST', headers, body })).status, 201);
  }
  await post(sluice.url, '/v1/track', { userId: 'u1', event: 'Bought' }, { writeKey: 'dev' });
  request = await receiver.next();
});
after(async () => {
  await sluice.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

const raw = () => {
  const { rawHeaders } = request;
  const lines = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1] ?? ''}`] : [],
  );
  return `POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
};
const verify = async (input: string, ...args: readonly string[]) =>
  runSluice(['verify', ...args, '--secret-file', '-'], { input, env: { SLUICE_URL: sluice.url } });

describe('sluice verify', () => {
  it('finds a request valid that Sluice sent, as it went over the wire', async () => {
    const { status, stdout } = await verify(`${SECRET}\n`, write('raw', `${raw()}${request.body}`));
    assert.match(stdout, /^webhook-signature  valid\nX-Signature        valid\nsigned {13}\S+Z\nvalid\n$/);
    assert.equal(status, 0);
  });

  it('says what is wrong with one that was captured by hand, and ends with 1', async () => {
    const { status, stdout } = await verify(SECRET, write('raw', `${raw()}${request.body}\n`));
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^webhook-signature  not valid\n  It verifies without the newline at its end: your capture added one\./,
    );
    const other = await verify('wrong', write('raw', `${raw()}${request.body}`), '--json');
    assert.equal(other.status, 1);
    assert.partialDeepStrictEqual(JSON.parse(other.stdout), {
      isValid: false,
      signatures: [
        { header: 'webhook-signature', state: 'invalid' },
        { header: 'x-signature', state: 'invalid' },
      ],
    });
  });

  it('takes headers and body apart', async () => {
    const { 'x-signature': signature = '' } = request.headers;
    const body = write('body', request.body);
    const { status, stdout } = await verify(SECRET, '--header', `X-Signature: ${String(signature)}`, '--body', body);
    assert.match(stdout, /^webhook-signature  absent\nX-Signature        valid\nvalid\n$/);
    assert.equal(status, 0);
  });

  it('looks into a request bin of a running Sluice', async () => {
    const requests = `${sluice.url}/api/v1/bins/${bin.id}/requests`;
    const listed = async () => ((await (await fetch(requests)).json()) as { data: { id: string }[] }).data;
    // The other destination has it, and this one soon.
    while ((await listed()).length === 0) await post(sluice.url, '/v1/m', {});
    const id = (await listed())[0]?.id ?? '';
    for (const args of [[], ['--request', id]]) {
      const { status, stdout } = await verify(SECRET, '--bin', bin.id, ...args);
      assert.match(stdout, /^webhook-signature  valid\nX-Signature        valid\n/);
      assert.equal(status, 0);
    }
    assert.equal((await verify(SECRET, '--bin', bin.id, '--request', 'req_0')).status, 6);
    assert.equal((await verify(SECRET, '--bin', 'none')).status, 6);
  });

  it('refuses what cannot be meant', async () => {
    const file = write('raw', raw());
    for (const args of [
      [],
      [file, '--bin', 'x'],
      [file, '--request', 'x'],
      ['-'],
      ['--header', 'x: y'],
      [join(folder, 'none')],
    ]) {
      assert.equal((await verify(SECRET, ...args)).status, 2, args.join(' '));
    }
    const unsaid = await runSluice(['verify', file]);
    assert.equal(unsaid.status, 2);
    assert.match(unsaid.stderr, /no secret: give it with --secret-file/);
  });
});
