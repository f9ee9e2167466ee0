import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchema } from '../../src/config/schema.ts';
import { AS_APP, basic, base64, type Event, Gateway, type More, track } from '../support/gateway.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { sendWire, type WireAnswer, type WireRequest } from '../support/wire.ts';

/** Where the receiver of `openCompatibilityGateway` fails, and how. */
export const ANSWERS = { '/fails': 500, '/rejects': 404, '/redirects': 302, '/accepts': 202 } as const;

/** What the shared secret of the source `signed` is. */
export const SECRET = 'keep-me-safe';

/** The Sluice that all rows are checked with: each behaviour of a webhook has a source of its own, `wk_` and its name. */
export async function openCompatibilityGateway(): Promise<Gateway> {
  const gateway = await Gateway.open(more);
  gateway.receiver.answer(({ url }) => {
    if (url === '/hangs') return 'hang';
    const status = (ANSWERS as Readonly<Record<string, number>>)[url] ?? 200;
    return status === 302 ? { status, headers: { location: gateway.receiver.url('/hook') } } : { status };
  });
  return gateway;
}

const DELIVERY: Readonly<Record<string, object>> = {
  // Its time is up in one attempt as in two.
  hangs: { retries: 0 },
  puts: { method: 'PUT' },
  batched: { batch: { maxWaitMs: 0 } },
  chosen: { concurrency: 1, filter: { types: { include: ['track'] }, names: { exclude: ['Heartbeat'] } } },
};

const more: More = (receiver) => {
  const hooks: Readonly<Record<string, object>> = {
    ...Object.fromEntries(
      ['fails', 'rejects', 'redirects', 'accepts', 'hangs'].map((id) => [id, { webhookUrl: receiver.url(`/${id}`) }]),
    ),
    five: {
      webhookUrl: receiver.url('/ignored'),
      webhooks: [1, 2, 3, 4, 5].map((n) => ({ url: receiver.url(`/five-${n}`), headers: { 'X-Number': `${n}` } })),
    },
    any: { webhooks: [{ url: receiver.url('/fails') }, { url: receiver.url('/any') }] },
    signed: { webhookUrl: receiver.url('/signed'), sharedSecret: SECRET },
    headed: { webhookUrl: receiver.url('/headed'), webhooks: [{ url: receiver.url('/headed'), headers: { 'User-Agent': 'mine' } }] }, // prettier-ignore
    authorized: { webhookUrl: receiver.url('/authorized'), auth: { bearer: 'keep-me-too' } },
    puts: { webhookUrl: receiver.url('/puts') },
    batched: { webhookUrl: receiver.url('/batched') },
    chosen: { webhookUrl: receiver.url('/chosen') },
    off: { webhookUrl: receiver.url('/off') },
    phones: { webhookUrl: receiver.url('/phones') },
  };
  const ids = Object.keys(hooks);
  return {
    sources: [...ids, 'two-keys'].map((id) => ({
      id,
      writeKeys: id === 'two-keys' ? ['wk_first', 'wk_second'] : [`wk_${id}`],
      ...(id === 'phones' ? { kind: 'mobile' } : {}),
    })),
    destinations: [
      ...ids.map((id) => ({
        ...{ id, sources: [id], settings: hooks[id], enabled: id !== 'off' },
        delivery: DELIVERY[id] ?? {},
      })),
      { id: 'two-keys', sources: ['two-keys'], settings: { webhookUrl: receiver.url('/two-keys') } },
    ],
  };
};

/** What the webhook gets for a track call of the source `app` with this in it. */
export async function tracked(gateway: Gateway, call: object = {}, request: WireRequest = {}): Promise<Event> {
  return gateway.arrives((mark) => ({ headers: [AS_APP], ...request, body: track(mark, call) }));
}

/** Sends a track call of a source, and answers its mark. */
export async function sent(gateway: Gateway, source: string, call: object = {}): Promise<string> {
  const mark = gateway.mark();
  const answer = await gateway.send({ headers: [basic(`wk_${source}`)], body: track(mark, call) });
  assert.equal(answer.status, 200);
  return mark;
}

/** Sees that a track call of the source `app` with this in it is accepted, and delivered to no webhook. */
export async function withheld(gateway: Gateway, call: object): Promise<void> {
  const mark = await sent(gateway, 'app', call);
  assert.deepEqual(await gateway.requests(mark), []);
}

/** Sees that a call of the source `app` is answered with success and refused for this reason. */
export async function refusedFor(gateway: Gateway, reason: string, path: string, call: unknown): Promise<void> {
  await gateway.refuses(reason, { path, headers: [AS_APP], body: JSON.stringify(call) });
}

export async function get(gateway: Gateway, path: string, headers: readonly string[] = []): Promise<WireAnswer> {
  return gateway.send({ method: 'GET', path, headers });
}

/** A call in the query of a GET. */
export const inData = (call: string): string => `data=${encodeURIComponent(base64(call))}`;

/** Sees that there is nothing at a URL, by whichever method. */
export async function nothingAt(gateway: Gateway, path: string): Promise<void> {
  for (const method of ['GET', 'POST']) {
    const answer = await gateway.send({ method, path, headers: [`Authorization: Bearer ${tokenOf(gateway)}`] });
    assert.deepEqual([answer.status, answer.body.includes('"not_found"')], [404, true], path);
  }
}

export function tokenOf({ sluice }: Gateway): string {
  return readFileSync(join(sluice.dataDir, 'admin.token'), 'utf8').trim();
}

/** Sees that a key is none that the configuration could have: in a destination, or in a source. */
export async function noSetting(of: 'sources' | 'destinations', key: string): Promise<void> {
  const given = { id: 'x', writeKeys: ['wk'], sources: [], settings: { webhookUrl: 'https://x.example' } };
  const { error } = configSchema.safeParse({ [of]: [{ ...given, [key]: true }] });
  const unknown = error?.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [])) ?? [];
  assert.ok(unknown.includes(key), `${key} of ${of} is no setting`);
  return Promise.resolve();
}

/** What a Sluice whose disk has no room answers. */
export async function answerWhenFull(request: WireRequest): Promise<WireAnswer> {
  const config = { storage: { reserve: '1TiB' }, sources: [{ id: 'app', writeKeys: ['wk_app'] }] };
  await using full = await SluiceProcess.start({ config });
  const answer = await sendWire(full.url, request);
  return answer;
}

/** The settings document of the source `app`. */
export async function settings(gateway: Gateway): Promise<Event> {
  return (await (await fetch(`${gateway.url}/v1/projects/wk_app/settings`)).json()) as Event;
}
