/** Segment's own libraries from npm, unmodified: only their host is Sluice's. What they send arrives at a webhook. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Analytics, type AnalyticsSettings } from '@segment/analytics-node';
import LegacyAnalytics from 'analytics-node';
import { isGenuine } from '../support/genuine.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

const SECRET = 'keep-me-safe';
let receiver: Receiver;
let sluice: SluiceProcess;

before(async () => {
  receiver = await openReceiver();
  sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      sources: [{ id: 'server', writeKeys: ['wk_server'] }],
      destinations: [
        { id: 'hook', sources: ['server'], settings: { webhookUrl: receiver.url(), sharedSecret: SECRET } },
      ],
    },
  });
});
after(async () => {
  await sluice.close();
  await receiver.close();
});

/** One call of each type, with what both libraries take. */
const CALLS = {
  identify: { userId: 'u1', traits: { email: 'a@example.com' } },
  track: { userId: 'u1', event: 'Signed Up', properties: { plan: 'Pro', price: 0.1 } },
  page: { userId: 'u1', name: 'Pricing', properties: { path: '/pricing' } },
  screen: { userId: 'u1', name: 'Main' },
  group: { userId: 'u1', groupId: 'g1', traits: { name: 'Initech' } },
  alias: { userId: 'u1', previousId: 'anon' },
} as const;

/** What both libraries have. */
type Library = { readonly [Type in keyof typeof CALLS]: (call: (typeof CALLS)[Type]) => unknown };

function callAll(library: Library): void {
  library.identify(CALLS.identify);
  library.track(CALLS.track);
  library.page(CALLS.page);
  library.screen(CALLS.screen);
  library.group(CALLS.group);
  library.alias(CALLS.alias);
}

/** Sends one call of each type, and checks that each arrived as it was given, by its type. */
async function arrives(send: () => Promise<unknown>): Promise<void> {
  const before = receiver.requests.length;
  await send();
  const requests = (await receiver.count(before + 6)).slice(before);
  const bodies = requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  for (const [type, call] of Object.entries(CALLS)) {
    const body = bodies.find((candidate) => candidate['type'] === type);
    assert.ok(body !== undefined, `a ${type} call among ${bodies.map((each) => String(each['type'])).join(', ')}`);
    assert.deepEqual({ ...body, ...call }, body);
    assert.match(String(body['messageId']), /node/);
    assert.ok(typeof body['timestamp'] === 'string' && typeof body['originalTimestamp'] === 'string');
  }
  for (const { headers, rawBody } of requests) assert.equal(await isGenuine(headers, rawBody, SECRET), true);
}

describe('an official library', () => {
  it('@segment/analytics-node reaches a webhook with all six calls (fact 1)', async () => {
    const analytics = new Analytics({ writeKey: 'wk_server', host: sluice.url, flushAt: 6 });
    await arrives(async () => {
      callAll(analytics);
      await analytics.closeAndFlush();
    });
  });

  it('analytics-node, the legacy one, reaches a webhook with all six calls (fact 1)', async () => {
    const analytics = new LegacyAnalytics('wk_server', { host: sluice.url, flushAt: 100 });
    await arrives(async () => {
      callAll(analytics);
      await analytics.flush();
    });
  });

  it('reaches a webhook from the example, as it is run by hand', async () => {
    const before = receiver.requests.length;
    const example = spawn(
      join(import.meta.dirname, '../../bin/node'),
      [join(import.meta.dirname, '../../examples/send-with-analytics-node.ts')],
      { env: { ...process.env, SLUICE_URL: sluice.url, SLUICE_WRITE_KEY: 'wk_server' }, stdio: 'inherit' },
    );
    const [code] = (await once(example, 'exit')) as [number | null];
    assert.equal(code, 0);
    const request = (await receiver.count(before + 1))[before];
    assert.equal((JSON.parse(request?.body ?? '') as { event: string }).event, 'Purchased an Item');
  });
});

interface Delivered {
  readonly messageId: string;
  readonly properties: { readonly text?: string };
}

/** What arrived from the given request on, as soon as there is so much. */
async function delivered(from: number, count: number): Promise<readonly Delivered[]> {
  // The receiver waits some seconds for the next, however many there are.
  for (let some = 1; some < count; some += 500) await receiver.count(from + some);
  const requests = (await receiver.count(from + count)).slice(from);
  return requests.map(({ body }) => JSON.parse(body) as Delivered);
}

/** The library, with the bytes of each batch that it sends, and the status of each answer. */
function openLibrary(settings: Partial<AnalyticsSettings> = {}) {
  const library = new Analytics({ writeKey: 'wk_server', host: sluice.url, ...settings });
  const batchBytes: number[] = [];
  const statuses: number[] = [];
  const authorizations: unknown[] = [];
  library.on('http_request', ({ body, headers }) => {
    batchBytes.push(Buffer.byteLength(body));
    authorizations.push(headers.Authorization);
  });
  library.on('http_response', ({ status }) => statuses.push(status));
  return { library, batchBytes, statuses, authorizations };
}

describe('@segment/analytics-node at its limits', () => {
  it('has 10,000 events arrive, each once, by its own batches', async () => {
    const from = receiver.requests.length;
    const { library, statuses } = openLibrary();
    const ids = Array.from({ length: 10_000 }, (_, index) => `many ${index}`);
    for (const messageId of ids) library.track({ userId: 'u1', event: 'Bought', messageId });
    await library.closeAndFlush();
    assert.deepEqual([statuses.length, new Set(statuses)], [667, new Set([200])]);
    const events = await delivered(from, ids.length);
    assert.deepEqual(events.map(({ messageId }) => messageId).sort(), ids.sort());
    assert.equal(receiver.requests.length, from + ids.length);
  });

  it('has the largest batches and events arrive that it makes, whole', async () => {
    const from = receiver.requests.length;
    const { library, batchBytes, statuses } = openLibrary({ flushAt: 1_000 });
    // The library counts the bytes of these letters: up to 32 KiB an event, and up to 480 KiB a batch.
    const text = 'ü'.repeat(16_000);
    for (let sent = 0; sent < 31; sent++) library.track({ userId: 'u1', event: 'Bought', properties: { text } });
    await library.closeAndFlush();
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.ok(batchBytes.length === 3 && Math.max(...batchBytes) > 480_000, String(batchBytes));
    for (const { properties } of await delivered(from, 31)) assert.equal(properties.text, text);
  });

  it('loses an event of more than 32 KiB alone, which it counted as less, and not those sent with it', async () => {
    const from = receiver.requests.length;
    const { library, statuses } = openLibrary();
    for (const text of ['before', 'x'.repeat(33_000), 'after'])
      library.track({ userId: 'u1', event: 'Bought', properties: { text } });
    await library.closeAndFlush();
    assert.deepEqual(statuses, [200]);
    const events = await delivered(from, 2);
    assert.deepEqual(events.map(({ properties }) => properties.text).sort(), ['after', 'before']);
  });

  it('waits at flush() for what was called just before, and takes more afterwards', async () => {
    const from = receiver.requests.length;
    const { library, statuses } = openLibrary();
    for (const messageId of ['flush 1', 'flush 2']) {
      library.track({ userId: 'u1', event: 'Bought', messageId });
      await library.flush();
    }
    assert.deepEqual(statuses, [200, 200]);
    const events = await delivered(from, 2);
    assert.deepEqual(events.map(({ messageId }) => messageId).sort(), ['flush 1', 'flush 2']);
    await library.closeAndFlush();
  });
});

describe('@segment/analytics-node with OAuth', () => {
  it('sends with the token that it got, and is known by the write key of its batches', async () => {
    const authority = await openReceiver();
    authority.answer({ body: JSON.stringify({ access_token: 'a.b.c', token_type: 'Bearer', expires_in: 3_600 }) });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const clientKey = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const oauthSettings = { clientId: 'client', clientKey, keyId: 'key', authServer: authority.url('') };
    const from = receiver.requests.length;
    const { library, statuses, authorizations } = openLibrary({ oauthSettings });
    library.track({ userId: 'u1', event: 'Bought', messageId: 'by token' });
    await library.closeAndFlush();
    assert.match((await authority.next()).body, /grant_type=client_credentials.*scope=tracking_api:write/);
    assert.deepEqual([statuses, authorizations], [[200], ['Bearer a.b.c']]);
    assert.equal((await delivered(from, 1))[0]?.messageId, 'by token');
    await authority.close();
  });
});

describe('analytics-node, the legacy one, at its limits', () => {
  it('has the largest batches and events arrive that it makes', async () => {
    const from = receiver.requests.length;
    const analytics = new LegacyAnalytics('wk_server', { host: sluice.url, flushAt: 100 });
    const text = 'x'.repeat(32_000);
    // It sends what it has as soon as that is 450 KiB, and tells of each call when its batch was answered.
    const answered = Array.from(
      { length: 31 },
      async () =>
        new Promise<void>((resolve, reject) => {
          analytics.track({ userId: 'u1', event: 'Bought', properties: { text } }, (error: Error | undefined) => {
            if (error === undefined) resolve();
            else reject(error);
          });
        }),
    );
    await analytics.flush();
    await Promise.all(answered);
    for (const { properties } of await delivered(from, 31)) assert.equal(properties.text, text);
  });
});
