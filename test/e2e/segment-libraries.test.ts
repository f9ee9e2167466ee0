/** Segment's own libraries from npm, unmodified: only their host is Sluice's. What they send arrives at a webhook. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Analytics } from '@segment/analytics-node';
import LegacyAnalytics from 'analytics-node';
import { isGenuine } from '../../examples/receive-webhooks.ts';
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
  for (const { headers, rawBody } of requests) assert.equal(isGenuine(headers, rawBody, SECRET), true);
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
