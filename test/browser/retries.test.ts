/** The browser library against a Sluice that stops and comes back (protocol section 7.2): nothing lost, nothing twice. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import type { Tab } from '../support/chromium.ts';
import { segmentSnippet } from '../support/segment-snippet.ts';
import { documentOf } from '../support/site.ts';
import { arrived, idsOf, KEEP_MADE, madeIn, openScene, type Event, type Scene } from './scene.ts';

/** A port that stays while Sluice's changes with each start. With no Sluice behind it, it hangs up. */
async function openRelay({ sluice }: Scene): Promise<AsyncDisposable & { readonly origin: string }> {
  let target = new URL(sluice.url);
  const server = createServer((client) => {
    try {
      target = new URL(sluice.url);
    } catch {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://events.example:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function openShop(tab: Tab, scene: Scene, origin: string): Promise<void> {
  const snippet = segmentSnippet({ writeKey: 'wk_web', origin });
  scene.site.put('/', documentOf({ head: `<script>${snippet}</script><script>${KEEP_MADE}</script>` }));
  await tab.page.goto(`${scene.site.origin}/`);
  await tab.page.evaluate('new Promise((resolve) => analytics.ready(resolve))');
}

async function track({ page }: Tab, name: string): Promise<void> {
  await page.evaluate(`analytics.track(${JSON.stringify(name)}) && undefined`);
}

function retryCountOf(event: Event | undefined): unknown {
  return (event?._metadata as Event | undefined)?.retryCount;
}

describe('a browser whose Sluice is away for a moment', () => {
  it('sends again what got no answer, once Sluice is back, with the same message id', async () => {
    await using scene = await openScene();
    await using relay = await openRelay(scene);
    await using tab = await scene.chromium.open();
    await openShop(tab, scene, relay.origin);
    await scene.sluice.kill9();
    const failed = tab.page.waitForEvent('requestfailed', (request) => request.url().endsWith('/v1/t'));
    await track(tab, 'Bought');
    await failed;
    const retried = tab.page.waitForRequest(
      (request) => request.url().endsWith('/v1/t') && request.headers()['x-retry-count'] !== undefined,
    );
    await scene.sluice.restart();
    await retried;

    const [event] = await arrived(scene, 1);
    assert.ok(event);
    assert.deepEqual(idsOf([event]), idsOf(await madeIn(tab.page)));
    assert.ok(Number(retryCountOf(event)) >= 1);
    assert.deepEqual(tab.uncaught, []);
    assert.equal(scene.receiver.requests.length, 1);
    assert.deepEqual(await scene.chromium.end(), [relay.origin, scene.site.origin].sort());
  });

  it('is told 503 with a Retry-After that it can read while Sluice stops, and sends again to the next', async () => {
    await using scene = await openScene();
    await using relay = await openRelay(scene);
    await using tab = await scene.chromium.open();
    await openShop(tab, scene, relay.origin);
    // What is in flight keeps the process from ending.
    scene.receiver.answer('hang', {});
    await track(tab, 'First');
    await scene.receiver.count(1);
    const ending = scene.sluice.terminate();
    await scene.sluice.logged(/"stopping"/);

    const answer = await tab.page.evaluate<readonly unknown[]>(
      `fetch('${relay.origin}/v1/t', { method: 'POST', headers: { 'x-retry-count': '1' }, body: '{}' })
        .then((answer) => [answer.status, answer.headers.get('retry-after')])`,
    );
    assert.deepEqual(answer, [503, '1']);
    const refused = tab.page.waitForResponse((response) => response.status() === 503);
    await track(tab, 'Second');
    await refused;
    await scene.sluice.kill9();
    await ending;
    await scene.sluice.restart();

    const events = await arrived(scene, 3);
    const made = await madeIn(tab.page);
    const [second] = events.filter(({ event }) => event === 'Second');
    assert.ok(Number(retryCountOf(second)) >= 1);
    // The first was cut off in flight, so it comes again; the second was refused, and comes once.
    assert.deepEqual(new Set(idsOf(events)), new Set(idsOf(made)));
    assert.equal(events.filter(({ event }) => event === 'Second').length, 1);
    assert.deepEqual(tab.uncaught, []);
  });
});
