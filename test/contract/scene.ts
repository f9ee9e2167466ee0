import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import { tokenOf } from '../support/management-api.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

/** Far beyond what any answer takes. */
const ANSWERS_WITHIN_MS = 15_000;

export interface Asked {
  readonly method: string;
  /** Below `/api/v1`, escaped, with its query. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** The loopback address that it comes from: wrong tokens are counted by address. */
  readonly from?: string | undefined;
}

export interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Of what has no end, what came first. */
  readonly text: string;
}

/** A `sluice serve` that has sent, failed to send and refused something, with operators of both roles. */
export interface Scene extends AsyncDisposable {
  readonly sluice: SluiceProcess;
  readonly receiver: Receiver;
  /** That of the file `admin.token`. */
  readonly token: string;
  readonly ask: (asked: Asked) => Promise<Told>;
  /** The same by whoever holds `admin.token`, with what is answered parsed; null for nothing. */
  readonly json: (method: string, target: string, body?: unknown) => Promise<{ status: number; body: unknown }>;
}

/** Of the file: `web` feeds `crm` (takes everything), `slow` (waits for a retry) and `strict` (takes nothing). */
function configOf(receiver: Receiver): object {
  const destination = (id: string, more: object = {}): object => ({
    id,
    sources: ['web'],
    settings: { webhookUrl: receiver.url(`/${id}`), sharedSecret: `secret of ${id}` },
    delivery: { circuitBreaker: false, ...more },
  });
  return {
    network: { allow: ['127.0.0.0/8'] },
    storage: { reserve: '0B' },
    sources: [{ id: 'web', writeKeys: ['wk_web'] }],
    destinations: [
      destination('crm'),
      destination('slow', { retries: 1, backoffMs: [600_000] }),
      destination('strict'),
    ],
  };
}

export async function openScene(): Promise<Scene> {
  const receiver = await openReceiver();
  receiver.answer(({ url }) => ({ status: url === '/slow' ? 503 : url === '/strict' ? 400 : 200, body: 'told' }));
  const sluice = await SluiceProcess.start({ config: configOf(receiver) });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const token = tokenOf(sluice);
  const ask = async (asked: Asked): Promise<Told> => exchange(sluice.url, asked, agent);
  const json: Scene['json'] = async (method, target, body) => {
    const headers = { authorization: `Bearer ${token}` };
    const given = body === undefined ? {} : { body: JSON.stringify(body) };
    const { status, text } = await ask({ method, target, headers, ...given });
    return { status, body: text === '' ? null : JSON.parse(text) };
  };
  const close = async (): Promise<void> => {
    agent.destroy();
    await sluice.close();
    await receiver.close();
  };
  return { sluice, receiver, token, ask, json, [Symbol.asyncDispose]: close };
}

/** Has events accepted, delivered, dead, waiting and refused. */
export async function bringTraffic({ sluice, json }: Pick<Scene, 'sluice' | 'json'>): Promise<void> {
  for (const n of [1, 2, 3]) {
    const call = { userId: `u${n}`, anonymousId: `a${n}`, event: 'Order "Completed" ✓', messageId: `m${n}` };
    await post(sluice.url, '/v1/track', call, { writeKey: 'wk_web' });
  }
  await post(sluice.url, '/v1/track', { userId: 'u1' }, { writeKey: 'wk_web' });
  await post(sluice.url, '/v1/track', { userId: 'u1', event: 'e' }, { writeKey: 'wk_unknown' });
  await until(json, '/deliveries?destination=crm&state=delivered', 3);
  await until(json, '/deliveries?destination=strict&state=dead', 3);
  await until(json, '/deliveries?destination=slow&state=pending', 3);
  await until(json, '/events?refused=true', 2);
}

/** What is listed, as soon as there is so much. */
export async function until(
  json: Scene['json'],
  target: string,
  count: number,
): Promise<readonly { readonly id: string }[]> {
  const deadline = performance.now() + ANSWERS_WITHIN_MS;
  for (;;) {
    const { data } = (await json('GET', target)).body as { readonly data: readonly { readonly id: string }[] };
    if (data.length >= count) return data;
    if (performance.now() > deadline) throw new Error(`${target} has ${data.length} of ${count}`);
  }
}

async function exchange(url: string, { method, target, headers = {}, body, from }: Asked, agent: Agent): Promise<Told> {
  const bytes = Buffer.from(body ?? '');
  const { hostname, port } = new URL(url);
  const asking = httpRequest({
    ...{ hostname, port, method, path: `/api/v1${target}` },
    // Node's client sends the body of a DELETE without its length.
    headers: { ...headers, ...(body === undefined ? {} : { 'content-length': bytes.length }) },
    ...(from === undefined ? { agent } : { agent: false, localAddress: from }),
  });
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
  asking.end(bytes);
  const [response] = (await once(asking, 'response', { signal })) as [IncomingMessage];
  const isEndless = response.headers['content-type']?.startsWith('text/event-stream') === true;
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    if (isEndless) break;
  }
  return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() };
}
