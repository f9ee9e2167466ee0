/** By HTTPS, below a path of a reverse proxy, by sign-in: as it is run in earnest. One who may look, and one who may change. */
import assert from 'node:assert/strict';
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { makeClient } from '../../src/contract/client.ts';
import { makeCertificates } from '../support/certificates.ts';
import { Chromium, type Tab } from '../support/chromium.ts';
import { tokenOf } from '../support/management-api.ts';
import { openReceiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';
import { deadDelivery, placesOf, settle } from './pages.ts';
import { assertQuiet } from './scene.ts';

const PATH = '/sluice';

/** What changes something, by the words on it. */
const CHANGES =
  /^(Connect|Make|Issue|Rename|Revoke|Delete|Erase|Save|Undo|Pause|Resume|Cancel|Retry|Replay|Start|Send|Generate|Store|Add|Post)\b/;

describe('the dashboard by HTTPS, below a path of a proxy', () => {
  const parts = new AsyncDisposableStack();
  let url: string;
  let places: Readonly<Record<string, string>>;
  let tokens: Readonly<Record<'viewer' | 'admin', string>>;
  let open: () => Promise<Tab>;
  before(async () => {
    const receiver = parts.adopt(await openReceiver(), async (each) => each.close());
    receiver.answer({ status: 503, body: 'down' });
    const http = { trustedProxies: ['127.0.0.1'] };
    const sluice = parts.use(await SluiceProcess.start({ config: { http, network: { allow: ['127.0.0.0/8'] } } }));
    const { good } = makeCertificates();
    const proxy = parts.adopt(createServer(good, passing(sluice.url)), (server) => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}${PATH}`;
    const admin = tokenOf(sluice);
    const api = makeClient({ url: sluice.url, token: admin });
    const { id: source } = await api.createSource({ body: { name: 'Website', writeKeys: ['wk'] } });
    const { id: destination } = await api.createDestination({
      body: {
        ...{ name: 'CRM', sources: [source], settings: { webhookUrl: receiver.url('/hook') } },
        delivery: { retries: 0 },
      },
    });
    await post(sluice.url, '/v1/track', { userId: 'u1', event: 'Lost' }, { writeKey: 'wk' });
    const { id: delivery, event } = await deadDelivery({ api }, destination);
    const { id: replay } = await api.createReplay({ body: { destination, filter: { type: 'track' } } });
    const { token: viewer } = await api.createApiToken({ body: { name: 'Ada', role: 'viewer' } });
    tokens = { viewer, admin };
    const { id: bin } = await api.createBin();
    places = placesOf({ source, bin, destination, event, delivery, replay });
    const chromium = parts.use(await Chromium.launch({ trusted: good.cert }));
    open = async () => parts.use(await chromium.open());
  });
  after(async () => parts.disposeAsync());

  it('is signed in to by a cookie that goes nowhere but by HTTPS, and is all there, live too', async () => {
    const tab = await signedIn('admin');
    const { page } = tab;
    const [cookie] = await page.context().cookies();
    assert.equal(cookie?.name, '__Host-sluice_session');
    assert.ok(cookie.secure && cookie.httpOnly);
    await settle(visitor(page), places['debugger'] ?? '');
    await page.getByText(/^Live:/).waitFor();
    await page.reload();
    await page.getByText(/^Live:/).waitFor();
    assert.equal(page.url(), `${url}/dashboard${places['debugger'] ?? ''}`);
    assertQuiet(tab, url, /status of 401/);
  });

  it('offers whoever may only look nothing that changes anything, on any page, and asks for nothing they may not see', async () => {
    const viewer = await signedIn('viewer');
    for (const [name, path] of Object.entries(places)) {
      await settle(visitor(viewer.page), path);
      // What a page shows of itself anybody may hold still.
      const changes = (await changesOn(viewer.page)).filter((text) => !(name === 'debugger' && text === 'Pause'));
      assert.deepEqual([name, changes], [name, []]);
    }
    assertQuiet(viewer, url, /status of 401/);
    // The same words are there for whoever may.
    const { page } = await signedIn('admin');
    for (const name of ['start', 'sources', 'keys', 'destinations', 'dead letters', 'replays', 'test', 'erasures']) {
      await settle(visitor(page), places[name] ?? '');
      assert.notDeepEqual([name, await changesOn(page)], [name, []]);
    }
  });

  /** What is offered there that changes something. */
  async function changesOn(page: Tab['page']): Promise<readonly string[]> {
    const main = page.getByRole('main');
    const buttons = await main.getByRole('button', { disabled: false }).allInnerTexts();
    const links = await main.getByRole('link').allInnerTexts();
    return [...buttons, ...links].map((text) => text.trim()).filter((text) => CHANGES.test(text));
  }

  async function signedIn(role: 'viewer' | 'admin'): Promise<Tab> {
    const tab = await open();
    await tab.page.goto(`${url}/dashboard`);
    await tab.page.getByLabel('API token').fill(tokens[role]);
    await tab.page.getByRole('button', { name: 'Sign in' }).click();
    // The form has a heading of its own.
    await tab.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor({ state: 'detached' });
    await tab.page.getByRole('heading', { level: 1 }).waitFor();
    return tab;
  }

  function visitor(page: Tab['page']) {
    return {
      page,
      visit: async (path: string) => {
        await page.goto(`${url}/dashboard${path}`);
      },
    };
  }
});

/** A reverse proxy that has Sluice below a path, and says what it knows of a request. */
function passing(to: string) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { method, headers, socket } = request;
    if (request.url?.startsWith(`${PATH}/`) !== true) {
      response.writeHead(404).end();
      return;
    }
    const forwarded = {
      'x-forwarded-for': socket.remoteAddress ?? '',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': headers.host ?? '',
    };
    const upstream = ask(
      new URL(request.url.slice(PATH.length), to),
      { method: method ?? 'GET', headers: { ...headers, ...forwarded } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    request.pipe(upstream);
  };
}
