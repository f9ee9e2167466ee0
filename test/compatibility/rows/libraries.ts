import assert from 'node:assert/strict';
import { Analytics } from '@segment/analytics-node';
import LegacyAnalytics from 'analytics-node';
import { LIBRARY_FIXTURES } from '../../libraries/index.ts';
import type { Answer, Library, LibraryRequest } from '../../libraries/library.ts';
import { AS_APP, batch, type Gateway, track } from '../../support/gateway.ts';
import { type WireAnswer, writePieces } from '../../support/wire.ts';
import { different, type Row, same, type Section } from '../row.ts';

/** How it is known that a library's requests are right. */
function evidenceOf(fixtures: readonly Library[]): string {
  const run = fixtures.filter(({ evidence }) => evidence === 'run').length;
  if (run === 0) return 'Its requests are rebuilt from its source.';
  const which = run === fixtures.length ? '' : 'some ';
  return `Its requests are rebuilt, and ${which}were compared with those of the library itself.`;
}

function answerOf({ status, head, body }: WireAnswer): Answer {
  const headers = head
    .split('\r\n')
    .slice(1)
    .map((line) => /^([^:]+): *(.*)$/.exec(line) ?? []);
  return {
    ...{ status, body, firstRead: `${head}\r\n\r\n${body}` },
    headers: new Map(headers.map(([, name = '', value = '']) => [name, value])),
  };
}

/** Sends one request of a library as it writes it: all kinds in one where it can, so that each is seen. */
async function sendAs(gateway: Gateway, { requests, outcome }: Library): Promise<void> {
  const all = requests({
    ...{ host: new URL(gateway.url).host, writeKey: 'wk_app', nowMs: Date.now() },
    user: () => gateway.mark(),
    uuid: () => crypto.randomUUID(),
  });
  const request = all.find(({ kind }) => kind === 'many') ?? all.find(({ kind }) => kind === 'track');
  assert.ok(request !== undefined);
  const answer = await exchange(gateway, request);
  assert.ok(['delivered', 'unseen'].includes(outcome(answerOf(answer)).is), answer.head);
  // Pages of AMP know no user.
  for (const { userId, anonymousId } of request.events) await gateway.event(String(userId ?? anonymousId));
}

async function exchange(gateway: Gateway, { text, wire }: LibraryRequest): Promise<WireAnswer> {
  const { head, body, awaitsContinue = false } = wire(text);
  const awaited = awaitsContinue ? { awaited: /100 Continue\r\n\r\n/ } : {};
  return writePieces(gateway.url, [head, body], { ...awaited, isOne: true });
}

/** The libraries that are rebuilt, by their number in the list of libraries: what is worth knowing of each. */
export const REBUILT: Readonly<Record<string, readonly [about: string, quirk?: string, verdict?: 'different']>> = {
  2: ['analytics.js classic', 'Its script is not served; one that you host can send here.'],
  5: ['Python'],
  6: ['Go', '3.3.0 sends ten times what was answered with any error, a `400` too.'],
  7: ['Java'],
  8: ['Clojure', 'Sends by the one for Java.'],
  9: ['Ruby'],
  10: ['PHP', 'The host stands without its scheme.'],
  11: ['.NET (Analytics.NET)'],
  12: ['Xamarin'],
  13: ['C# and Unity'],
  14: ['Swift', 'Forgets on `400` alone; all else that is refused is sent again at the next flush.'],
  15: ['Kotlin and Android'],
  16: [
    'iOS classic',
    'Asks Segment’s host for its settings unless its `requestFactory` rewrites the URL.',
    'different',
  ],
  17: [
    'Android classic',
    'Asks Segment’s host for its settings unless it has a `connectionFactory` of yours.',
    'different',
  ],
  18: ['React Native', 'A host without a dot is ignored in favour of Segment’s, except `localhost`.'],
  19: ['Flutter', 'Never forgets what was answered with an error.'],
  20: ['Rust', 'Sends neither message id nor time: they are made here, and a retry of yours is another event.'],
  21: ['Roku'],
  22: ['C++', 'As Rust.'],
  23: ['Edge', 'Proxies the library for browsers; its host is `trackingApiEndpoint`.'],
  24: ['AMP', 'Its host is in AMP’s configuration of the vendor `segment`: override `requests.host` in the page.'],
  25: ['HTTP, by hand', 'As Segment’s own samples have it.'],
};

function rebuilt([number, [about, quirk = '', verdict]]: [string, (typeof REBUILT)[string]]): Row {
  const fixtures = LIBRARY_FIXTURES.filter(({ sdkNumber }) => sdkNumber === number);
  const https = fixtures.length > 0 && fixtures.every(({ needsTls }) => needsTls) ? 'Sends over HTTPS alone.' : '';
  const note = [quirk, https, evidenceOf(fixtures)].filter((sentence) => sentence !== '').join(' ');
  return (verdict === undefined ? same : different)(about, note, async (gateway) => {
    assert.ok(fixtures.length > 0, `a fixture of library ${number}`);
    for (const fixture of fixtures) await sendAs(gateway, fixture);
  });
}

async function sendFromPage(gateway: Gateway, path: string, made: typeof track): Promise<void> {
  const headers = [AS_APP, 'Content-Type: text/plain', 'Origin: https://shop.example', 'X-Retry-Count: 1'];
  const more = { writeKey: 'wk_app', sentAt: new Date().toISOString(), _metadata: { bundled: [], unbundled: [] } };
  await gateway.arrives((mark) => ({ path, headers, body: made(mark, more) }));
}

export const libraries: Section = {
  title: 'Libraries',
  introduction:
    'Unmodified, with their host changed ([how](libraries.md)). Rebuilt requests are sent byte by byte, and [each library’s reading](../test/libraries) of every answer is tested: what it forgets, keeps for a retry, or chokes on.',
  rows: [
    same(
      'Analytics.js 2 (browser), snippet and npm',
      'Runs in Chromium in [the tests](../test/browser), which see that no other host is asked for.',
      async (gateway) => sendFromPage(gateway, '/v1/t', track),
    ),
    same('Analytics.js 2, batching', 'Runs in Chromium in the tests, leaving the page included.', async (gateway) =>
      sendFromPage(gateway, '/v1/b', (mark, more) => batch(mark, more, more)),
    ),
    same(
      'Node.js (`@segment/analytics-node`)',
      'Runs in the tests, with retries and flush on close.',
      async (gateway) => {
        const analytics = new Analytics({ writeKey: 'wk_app', host: gateway.url });
        const userId = gateway.mark();
        analytics.track({ userId, event: 'Sent' });
        await analytics.closeAndFlush();
        await gateway.event(userId);
      },
    ),
    same('Node.js, legacy (`analytics-node`)', 'Runs in the tests.', async (gateway) => {
      const analytics = new LegacyAnalytics('wk_app', { host: gateway.url });
      const userId = gateway.mark();
      analytics.track({ userId, event: 'Sent' });
      await analytics.flush();
      await gateway.event(userId);
    }),
    ...Object.entries(REBUILT).map(rebuilt),
  ],
};
