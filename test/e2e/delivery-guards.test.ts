/** What keeps deliveries from going where they must not, in a process of `serve` and over real sockets. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type Certificate, makeCertificates } from '../support/certificates.ts';
import { askApi } from '../support/management-api.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const SOURCES = [{ id: 'web', writeKeys: ['wk'] }];
const LOOPBACK = { allow: ['127.0.0.0/8'] };
const certificates = makeCertificates();

async function receiver(t: TestContext): Promise<Receiver> {
  const opened = await openReceiver();
  t.after(async () => opened.close());
  return opened;
}

const configOf = (webhookUrl: string, network: object = {}): object => ({
  network,
  log: { attempts: 'all' },
  sources: SOURCES,
  destinations: [{ id: 'hook', sources: ['web'], settings: { webhookUrl }, delivery: { retries: 3, backoffMs: [10] } }],
});

async function track({ url }: SluiceProcess, more: object = {}): Promise<void> {
  const { status } = await post(url, '/v1/track', { userId: 'u', event: 'Bought', ...more }, { writeKey: 'wk' });
  assert.equal(status, 200);
}

interface ShownDelivery {
  readonly state: string;
  readonly attempts: readonly {
    readonly outcome: string;
    readonly status: number | null;
    readonly error: { readonly code: string; readonly message: string } | null;
  }[];
}

/** What the management API shows of the only dead delivery: it is settled a few milliseconds after it was logged. */
async function deadDelivery(sluice: SluiceProcess): Promise<ShownDelivery> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { body } = await askApi(sluice, '/deliveries?destination=hook&state=dead');
    const { data } = body as { data: readonly ShownDelivery[] };
    if (data[0] !== undefined) return data[0];
    assert.ok(performance.now() < deadline, 'no delivery is dead');
  }
}

describe('a forbidden address at run time (address_forbidden)', () => {
  it('of a name is not connected to, not tried again, and explained in the log and in the API', async (t) => {
    const inside = await receiver(t);
    await using sluice = await SluiceProcess.start({
      config: configOf(inside.url().replace('127.0.0.1', 'localhost')),
    });
    await track(sluice);
    await sluice.logged(/"reason":"address_forbidden".*delivery is dead/);
    const { state, attempts } = await deadDelivery(sluice);
    assert.equal(state, 'dead');
    assert.deepEqual(
      attempts.map(({ outcome, status, error }) => [outcome, status, error?.code]),
      [['rejected', null, 'address_forbidden']],
    );
    assert.match(
      attempts[0]?.error?.message ?? '',
      /^localhost resolves to \S+, which is loopback; allow it with network\.allow/,
    );
    assert.equal(inside.connections, 0);
  });

  it('is connected to once network.allow names it', async (t) => {
    const inside = await receiver(t);
    const url = inside.url().replace('127.0.0.1', 'localhost');
    await using sluice = await SluiceProcess.start({ config: configOf(url, LOOPBACK) });
    await track(sluice);
    assert.equal((await inside.next()).headers.host, `localhost:${inside.port}`);
  });

  it('is not connected to though network.allow names it, where network.deny does', async (t) => {
    const inside = await receiver(t);
    const url = inside.url().replace('127.0.0.1', 'localhost');
    const network = { ...LOOPBACK, deny: ['127.0.0.1'] };
    await using sluice = await SluiceProcess.start({ config: configOf(url, network) });
    await track(sluice);
    await sluice.logged(/"reason":"address_forbidden".*delivery is dead/);
    assert.equal(inside.connections, 0);
  });
});

describe('the configuration of a running Sluice', () => {
  it('is not changed by a reload that brings a forbidden address, and goes on as it was', async (t) => {
    const [outside, inside] = [await receiver(t), await receiver(t)];
    const network = { allow: ['127.0.0.1'] };
    await using sluice = await SluiceProcess.start({ config: configOf(outside.url(), network) });
    await sluice.configure(configOf(inside.url().replace('127.0.0.1', '127.0.0.2'), network));
    sluice.hangUp();
    await sluice.logged(/is 127\.0\.0\.2, which is loopback; allow it with network\.allow/);
    await track(sluice);
    await outside.next();
    assert.equal(inside.connections, 0);
  });
});

describe('the content of an event', () => {
  it('never chooses a URL, a method or a header, whatever it looks like', async (t) => {
    const [configured, chosen] = [await receiver(t), await receiver(t)];
    await using sluice = await SluiceProcess.start({ config: configOf(configured.url('/in'), LOOPBACK) });
    const wish = {
      ...{ url: chosen.url(), webhookUrl: chosen.url(), endpoint: chosen.url(), globalHook: chosen.url() },
      ...{ method: 'PUT', headers: { Host: 'evil.example', 'X-Evil': '1', 'X-Signature': 'forged' } },
    };
    await track(sluice, {
      ...wish,
      messageId: 'm1\r\nX-Evil: 1',
      context: { ...wish, webhook: wish, headers: wish.headers },
      properties: wish,
      integrations: { Webhooks: wish, webhooks: wish, hook: wish },
      settings: wish,
      '{{url}}': `${chosen.url()}\r\nX-Evil: 1`,
    });
    const { method, url, headers, rawHeaders, body } = await configured.next();
    assert.deepEqual([method, url, headers.host], ['POST', '/in', `127.0.0.1:${configured.port}`]);
    assert.doesNotMatch(rawHeaders.join('\n'), /evil|forged/i);
    assert.deepEqual((JSON.parse(body) as { properties: unknown }).properties, wish);
    assert.equal(chosen.connections, 0);
  });
});

describe('a certificate that a destination presents (tls.cert)', () => {
  const presenting = (id: string, { cert, key }: Certificate): object => ({
    id,
    sources: ['web'],
    settings: { webhookUrl: 'https://hooks.example/', tls: { cert, key } },
  });

  it('is warned about at the start and at a reload when it has expired, and nothing is refused for it', async () => {
    const { good, expired } = certificates;
    const destinations = [presenting('old', expired), presenting('good', good)];
    await using sluice = await SluiceProcess.start({ config: { sources: SOURCES, destinations } });
    const warning = await sluice.logged(/"destination":"old".*endpoints refuse the certificate of a destination/);
    assert.match(warning, /"problem":"it has expired; renew it, and set tls\.cert and tls\.key"/);
    await sluice.configure({ sources: SOURCES, destinations: [...destinations, presenting('new', expired)] });
    sluice.hangUp();
    await sluice.logged(/"destination":"new".*endpoints refuse the certificate of a destination/);
    assert.doesNotMatch(sluice.stderr, /"destination":"good"/);
  });
});
