/** `http.threads`: a Sluice whose connections are held by threads of their own. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { type Certificate, makeCertificates } from '../support/certificates.ts';
import { loadOverKill } from '../support/crash-load.ts';
import { DeliveryLedger } from '../support/delivery-ledger.ts';
import { askApi, callApi } from '../support/management-api.ts';
import { readMetrics } from '../support/prometheus-text.ts';
import { openReceiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';
import { sendWire } from '../support/wire.ts';

const WRITE_KEY = 'wk';
const CALLS = 300;
const ALL_WITHIN_MS = 20_000;
/** Below `CLOSE_MS`: nothing that is open for long is waited for. */
const STOPPED_WITHIN_MS = 4_000;
/** So many connections that each thread has one. */
const CONNECTIONS = 16;
const SOURCES = [{ id: 'web', writeKeys: [WRITE_KEY] }];

async function open(t: TestContext) {
  const receiver = await openReceiver();
  t.after(async () => receiver.close());
  const ledger = new DeliveryLedger(() => ({}));
  receiver.answer(ledger.script);
  const config = {
    http: { threads: 3 },
    network: { allow: ['127.0.0.0/8'] },
    sources: SOURCES,
    destinations: [{ id: 'hook', sources: ['web'], settings: { webhookUrl: receiver.url() } }],
  };
  return { receiver, ledger, config };
}

async function metricsOf({ url }: SluiceProcess): Promise<ReturnType<typeof readMetrics>> {
  return readMetrics(await (await fetch(`${url}/metrics`)).text());
}

/** As many calls, each on a connection of its own. */
async function sendOnEach({ url }: SluiceProcess, writeKey: string, name: string): Promise<void> {
  const numbers = Array.from({ length: CONNECTIONS }, (_, n) => n);
  const headers = { connection: 'close' };
  const answers = await Promise.all(
    numbers.map(async (n) =>
      post(url, '/v1/track', { userId: 'u', event: 'E', messageId: `${name}-${n}` }, { writeKey, headers }),
    ),
  );
  assert.deepEqual(
    answers.filter(({ status }) => status !== 200),
    [],
  );
}

/** The serial number of the certificate that each of as many connections was made with. */
async function serialsOf({ url }: SluiceProcess, ca: string): Promise<ReadonlySet<string>> {
  const serials = Array.from({ length: CONNECTIONS }, async () => {
    const asking = httpsRequest(`${url}/readyz`, { agent: new Agent({ ca }) }).end();
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    return (asking.socket as TLSSocket).getPeerCertificate().serialNumber;
  });
  return new Set(await Promise.all(serials));
}

describe('a Sluice with three HTTP threads', () => {
  it('delivers all it accepted, also what a kill interrupted, by all of them', async (t) => {
    const { ledger, config } = await open(t);
    await using sluice = await SluiceProcess.start({ config });
    const acknowledged = await loadOverKill(sluice, { writeKey: WRITE_KEY, senders: CONNECTIONS, calls: CALLS });
    await ledger.all(acknowledged, ALL_WITHIN_MS);
    const scraped = await metricsOf(sluice);
    for (const thread of ['http-1', 'http-2', 'http-3'])
      assert.ok(Number(scraped.value(`sluice_thread_busy_seconds_total{thread="${thread}"}`)) > 0, thread);
    assert.ok(Number(scraped.value('sluice_accept_duration_seconds_count')) > 0);
    assert.equal(await sluice.terminate(), 0, sluice.stderr);
  });

  it('judges calls by a change of sources from the moment that it is answered, whatever connection they come by', async (t) => {
    const { config } = await open(t);
    await using sluice = await SluiceProcess.start({ config });
    const accepted = async (source: string): Promise<unknown> =>
      (await metricsOf(sluice)).value(`sluice_events_accepted_total{source="${source}",type="track"}`);
    const made = await askApi(sluice, '/sources', { body: { name: 'New', writeKeys: ['wk_new'] } });
    const { id } = made.body as { readonly id: string };
    await sendOnEach(sluice, 'wk_new', 'before');
    assert.equal(await accepted(id), CONNECTIONS);
    const disabled = await askApi(sluice, `/sources/${id}`, { method: 'PATCH', body: { enabled: false } });
    assert.equal(disabled.status, 200, JSON.stringify(disabled.body));
    await sendOnEach(sluice, 'wk_new', 'after');
    assert.equal(await accepted(id), CONNECTIONS);
    const refused = (await metricsOf(sluice)).value(
      `sluice_calls_refused_total{source="${id}",reason="source_disabled"}`,
    );
    assert.equal(refused, CONNECTIONS);
  });

  it('answers what was sent and ends who reads on when it is stopped', async (t) => {
    const { ledger, config } = await open(t);
    await using sluice = await SluiceProcess.start({ config });
    const stream = await callApi(sluice, '/stream');
    assert.equal(stream.status, 200);
    await sendOnEach(sluice, WRITE_KEY, 'last');
    const stoppedAtMs = Date.now();
    assert.equal(await sluice.terminate(), 0, sluice.stderr);
    assert.ok(Date.now() - stoppedAtMs < STOPPED_WITHIN_MS);
    assert.match(await stream.text(), /^retry: /);
    await sluice.restart();
    await ledger.all(new Set(Array.from({ length: CONNECTIONS }, (_, n) => `last-${n}`)), ALL_WITHIN_MS);
  });

  it("goes on whatever there is in a request that is no library's", async (t) => {
    const { config } = await open(t);
    await using sluice = await SluiceProcess.start({ config });
    const paths = ['/a\tb', '/a\fb', '/\xe9', '/%', 'http://elsewhere/a', `/${'x'.repeat(8_000)}`];
    for (const path of paths) {
      const { status } = await sendWire(sluice.url, { method: 'GET', path });
      assert.ok(status >= 400 && status < 500, `${JSON.stringify(path)}: ${status}`);
    }
    for (const header of ['X-A: \x01', 'X-A: \xff', 'X-\xe9: 1', 'Expect: all', 'Upgrade: x', 'Transfer-Encoding: x']) {
      const { status } = await sendWire(sluice.url, { method: 'GET', path: '/readyz', headers: [header] });
      assert.ok(status === 200 || (status >= 400 && status < 500), `${JSON.stringify(header)}: ${status}`);
    }
    await sendOnEach(sluice, WRITE_KEY, 'after');
    assert.equal(await sluice.terminate(), 0, sluice.stderr);
  });

  it('shares its port with no other Sluice', async (t) => {
    const { config } = await open(t);
    await using sluice = await SluiceProcess.start({ config });
    const { port } = new URL(sluice.url);
    await assert.rejects(
      SluiceProcess.start({ config, flags: ['--port', port] }),
      /port \d+ of 127\.0\.0\.1 is in use/,
    );
  });

  it('makes handshakes by a new certificate in all of them', async (t) => {
    const { ca, good, another } = makeCertificates();
    const folder = mkdtempSync(join(tmpdir(), 'sluice-http-threads-'));
    t.after(() => {
      rmSync(folder, { recursive: true });
    });
    const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    const place = ({ cert, key }: Certificate): void => {
      writeFileSync(files.certificate, cert);
      writeFileSync(files.key, key);
    };
    place(good);
    await using sluice = await SluiceProcess.start({ config: { http: { threads: 3, tls: files }, sources: SOURCES } });
    const before = await serialsOf(sluice, ca);
    place(another());
    sluice.hangUp();
    await sluice.logged(/"msg":"the certificate was replaced/);
    const after = await serialsOf(sluice, ca);
    assert.deepEqual([before.size, after.size, after.intersection(before).size], [1, 1, 0]);
  });

  it('ends with 1 and says why when one of them fails', async (t) => {
    const { config } = await open(t);
    const preload = join(import.meta.dirname, '../support/failing-http-thread.ts');
    await using sluice = await SluiceProcess.start({ config, env: { NODE_OPTIONS: `--import=${preload}` } });
    await askApi(sluice, '/sources', { body: { name: 'New' } }).catch(() => undefined);
    await sluice.ended();
    assert.equal(await sluice.terminate(), 1);
    assert.match(sluice.stderr, /the HTTP thread broke/);
  });
});
