/** Starting, stopping and refusing to start: `sluice serve` as an operator meets it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { callApi } from '../support/management-api.ts';
import { messageIdOf } from '../support/received.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

let receiver: Receiver;
before(async () => {
  receiver = await openReceiver();
});
after(async () => {
  await receiver.close();
});

function configTo(url: string, settings: object = {}, delivery: object = {}): object {
  return {
    network: { allow: ['127.0.0.0/8'] },
    sources: [{ id: 'web', writeKeys: ['wk'] }],
    destinations: [{ id: 'hook', sources: ['web'], settings: { webhookUrl: url, ...settings }, delivery }],
  };
}

async function track(sluice: SluiceProcess, messageId: string): Promise<number> {
  const call = { userId: 'u', event: 'E', messageId };
  return (await post(sluice.url, '/v1/track', call, { writeKey: 'wk' })).status;
}

describe('stopping with SIGTERM', () => {
  it('lets an attempt in flight end, exits 0, and does not make it again', async () => {
    await using sluice = await SluiceProcess.start({ config: configTo(receiver.url()) });
    const first = receiver.requests.length;
    receiver.answer({ delayMs: 500 }, {});
    await track(sluice, 'in-flight');
    await receiver.count(first + 1);
    assert.equal(await sluice.terminate(), 0);
    await sluice.restart();
    await track(sluice, 'afterwards');
    const requests = (await receiver.count(first + 2)).slice(first);
    assert.deepEqual(requests.map(messageIdOf), ['in-flight', 'afterwards']);
  });

  it('waits no longer than the configured time for what hangs, and delivers it after the next start', async () => {
    const config = { ...configTo(receiver.url(), {}, { timeoutMs: 60_000 }), delivery: { drainMs: 200 } };
    await using sluice = await SluiceProcess.start({ config });
    const first = receiver.requests.length;
    receiver.answer('hang', {});
    await track(sluice, 'hangs');
    await receiver.count(first + 1);
    assert.equal(await sluice.terminate(), 0);
    await sluice.restart();
    const requests = (await receiver.count(first + 2)).slice(first);
    assert.deepEqual(requests.map(messageIdOf), ['hangs', 'hangs']);
    assert.equal(requests[0]?.headers['webhook-id'], requests[1]?.headers['webhook-id']);
  });

  it('waits for no test event, and tells whoever sent it', async () => {
    await using sluice = await SluiceProcess.start({ config: configTo(receiver.url(), {}, { timeoutMs: 60_000 }) });
    const first = receiver.requests.length;
    receiver.answer('hang', {});
    const tested = callApi(sluice, '/destinations/hook/test', { body: {} });
    await receiver.count(first + 1);
    assert.equal(await sluice.terminate(), 0);
    assert.equal((await tested).status, 503);
  });

  it('keeps what waits for its retry', async () => {
    await using sluice = await SluiceProcess.start({ config: configTo(receiver.url(), {}, { backoffMs: [600] }) });
    const first = receiver.requests.length;
    receiver.answer({ status: 500 }, {});
    await track(sluice, 'parked');
    await receiver.count(first + 1);
    assert.equal(await sluice.terminate(), 0);
    await sluice.restart();
    const requests = (await receiver.count(first + 2)).slice(first);
    assert.deepEqual(requests.map(messageIdOf), ['parked', 'parked']);
  });
});

describe('a message id', () => {
  it('is delivered once, however often it is sent, and also after a restart or a crash', async () => {
    await using sluice = await SluiceProcess.start({ config: configTo(receiver.url()) });
    const first = receiver.requests.length;
    receiver.answer({});
    assert.deepEqual(await Promise.all([track(sluice, 'same'), track(sluice, 'same')]), [200, 200]);
    await receiver.count(first + 1);
    await sluice.terminate();
    await sluice.restart();
    assert.equal(await track(sluice, 'same'), 200);
    await sluice.kill9();
    await sluice.restart();
    assert.equal(await track(sluice, 'same'), 200);
    await track(sluice, 'other');
    // After the crash `same` may be sent again, but as the event that it was.
    await receiver.count(first + 2);
    await sluice.terminate();
    const events = new Map(
      receiver.requests.slice(first).map((request) => [request.headers['webhook-id'], messageIdOf(request)]),
    );
    assert.deepEqual([...events.values()], ['same', 'other']);
  });
});

describe('bad input', () => {
  it('is answered as the protocol says, and what is good in a batch is delivered', async () => {
    await using sluice = await SluiceProcess.start({ config: configTo(receiver.url()) });
    const first = receiver.requests.length;
    receiver.answer({});
    const good = (messageId: string): object => ({ type: 'track', userId: 'u', event: 'E', messageId });
    const cases: readonly (readonly [string, unknown, number, Record<string, string>?])[] = [
      ['/v1/track', '{"userId":', 400],
      ['/v1/track', '[]', 400],
      ['/v1/track', { userId: 'u', event: 'E', properties: { large: 'x'.repeat(32_768) } }, 400],
      ['/v1/batch', { batch: [good('too large')], more: 'x'.repeat(512_000) }, 400],
      ['/v1/batch', gzipSync('{"batch":[]}').subarray(0, 15), 400, { 'content-encoding': 'gzip' }],
      ['/v1/track', { event: 'nobody' }, 200],
      ['/v1/track', { userId: 7, event: 'E' }, 200],
      ['/v1/batch', { batch: [] }, 200],
      ['/v1/batch', { batch: Array.from({ length: 2_501 }, (_, index) => good(`many ${index}`)) }, 200],
      ['/v1/batch', { batch: [good('one'), { type: 'track', userId: 'u' }, 7, good('two')] }, 200],
      ['/v1/import', gzipSync(JSON.stringify({ batch: [good('three')] })), 200, { 'content-encoding': 'gzip' }],
    ];
    for (const [path, body, status, headers = {}] of cases) {
      const answer = await post(sluice.url, path, body, { writeKey: 'wk', headers });
      assert.equal(answer.status, status, `${path} ${JSON.stringify(body).slice(0, 100)}`);
      assert.equal((answer.body as { success: boolean }).success, status === 200);
    }
    assert.equal((await post(sluice.url, '/v1/track', good('unknown key'), { writeKey: 'nobody' })).status, 200);
    const requests = (await receiver.count(first + 3)).slice(first);
    assert.deepEqual(requests.map(messageIdOf).sort(), ['one', 'three', 'two']);
    assert.equal(await sluice.terminate(), 0);
    assert.equal(receiver.requests.length, first + 3);
  });
});

/** Runs `sluice serve` on this folder until it ends by itself. */
async function refused(dataDir: string): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const program = join(import.meta.dirname, '../../bin/sluice');
  const config = join(dataDir, '../sluice.yaml');
  const child = spawn(program, ['serve', '--port', '0', '--data-dir', dataDir, '--config', config]);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

describe('starting', () => {
  it('refuses a folder that another Sluice uses, and names that process', async () => {
    await using sluice = await SluiceProcess.start({ config: configTo(receiver.url()) });
    const { code, stderr } = await refused(sluice.dataDir);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`in use by another Sluice \\(process ${sluice.pid}\\)`));
  });

  it('refuses data of a newer version, and leaves it as it is', async () => {
    await using sluice = await SluiceProcess.start({ config: configTo(receiver.url()) });
    await sluice.terminate();
    const file = readdirSync(sluice.dataDir).find((name) => name.startsWith('delivery') && name.endsWith('.db'));
    const db = new DatabaseSync(join(sluice.dataDir, file ?? ''));
    db.exec('pragma user_version = 999');
    db.close();
    const { code, stderr } = await refused(sluice.dataDir);
    assert.equal(code, 1);
    assert.match(stderr, /written by a newer Sluice \(schema 999/);
  });

  it('refuses a file with mistakes, and names all of them with their place and the nearest key', async () => {
    const config = {
      sources: [{ id: 'web', writeKeys: ['wk'] }],
      destinations: [
        { id: 'a', sources: ['webb'], settings: { webhokUrl: 'https://example.com' } },
        {
          id: 'b',
          sources: ['web'],
          settings: { webhooks: Array.from({ length: 6 }, (_, index) => ({ url: `https://example.com/${index}` })) },
        },
      ],
    };
    await assert.rejects(SluiceProcess.start({ config }), (error: Error) => {
      assert.match(error.message, /destinations\[0\].*webhokUrl.*did you mean.*webhookUrl/);
      assert.match(error.message, /sources\[0\]: there is no source/);
      assert.match(error.message, /destinations\[1\].*(at most 5|five)/);
      return true;
    });
  });
});
