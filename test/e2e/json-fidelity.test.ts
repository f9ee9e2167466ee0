/**
 * What JSON can hold goes from a library's bytes to a receiver's and means there what it meant here, and both ways of
 * checking a signature agree: over the bytes as they came, and over the body parsed and stringified again, as the
 * reference tells receivers to do it (Webhooks integration, fact 9).
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { jsonDepthMax } from '../../src/domain/limits.ts';
import { makeSource } from '../../src/domain/source.ts';
import { makeWorkspace } from '../../src/domain/workspace.ts';
import { jsonObjectTexts, jsonTexts } from '../support/json-text.ts';
import { openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { SimulatedAmbient } from '../support/simulated-ambient.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';
import { makeWholeIngest } from '../support/whole-ingest.ts';

const SECRET = 'keep-me-safe';
const RUNS = process.env['SLUICE_TEST_LONG'] === '1' ? 1_000 : 40;
/** A call is a level, and so are a batch, its list and its item: what is within them may be this deep. */
const DEPTH_MAX = jsonDepthMax - 4;

/** The JSON text of each member of a call that holds whatever its sender likes. */
interface Sample {
  readonly properties: string;
  readonly context: string;
  readonly extra: string;
  readonly extraKey: string;
}

const samples: fc.Arbitrary<Sample> = fc.record({
  properties: jsonObjectTexts({ depthMax: DEPTH_MAX }),
  context: jsonObjectTexts({ depthMax: 10 }),
  extra: jsonTexts,
  extraKey: fc.constantFrom('__proto__', 'constructor', 'toJSON', '7', 'unknown'),
});

let messages = 0;

/** A call as text, by message id. Track calls have properties, identify calls the same as traits. */
function callsOf(all: readonly Sample[]): ReadonlyMap<string, { readonly sample: Sample; readonly text: string }> {
  return new Map(
    all.map((sample) => {
      const id = `json-${++messages}`;
      const own = messages % 2 === 0 ? '"type":"identify","traits"' : '"type":"track","event":"E","properties"';
      const rest = `"context":${sample.context},"${sample.extraKey}":${sample.extra}`;
      return [id, { sample, text: `{"messageId":"${id}","userId":"u",${own}:${sample.properties},${rest}}` }];
    }),
  );
}

function checkSignatures({ rawBody, headers }: ReceivedRequest): void {
  const again = JSON.stringify(JSON.parse(rawBody.toString()));
  assert.ok(rawBody.equals(Buffer.from(again)), `the bytes change when they are parsed and stringified: ${again}`);
  const stamp = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.`;
  for (const signed of [rawBody, again]) {
    assert.equal(headers['x-signature'], createHmac('sha1', SECRET).update(signed).digest('hex'));
    const v1 = createHmac('sha256', SECRET).update(stamp).update(signed).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${v1}`);
  }
}

/** What the text means to JavaScript, written as JavaScript writes it: last duplicates, `1e400` is null, `-0` is 0. */
function meaningOf(text: string): string {
  return JSON.stringify(JSON.parse(text));
}

function checkMeaning({ body }: ReceivedRequest, { properties, context, extra, extraKey }: Sample): void {
  const got = JSON.parse(body) as Readonly<Record<string, unknown>>;
  assert.equal(JSON.stringify(got['properties'] ?? got['traits']), meaningOf(properties));
  assert.equal(JSON.stringify(got['context']), meaningOf(context));
  assert.ok(Object.hasOwn(got, extraKey));
  assert.equal(JSON.stringify(Object.entries(got).find(([key]) => key === extraKey)?.[1]), meaningOf(extra));
}

describe('JSON of every kind', () => {
  let receiver: Receiver;
  let sluice: SluiceProcess;

  before(async () => {
    receiver = await openReceiver();
    sluice = await SluiceProcess.start({
      config: {
        network: { allow: ['127.0.0.0/8'] },
        sources: [{ id: 'web', writeKeys: ['wk'] }],
        destinations: [{ id: 'd', sources: ['web'], settings: { webhookUrl: receiver.url(), sharedSecret: SECRET } }],
      },
    });
  });
  after(async () => {
    await sluice.close();
    await receiver.close();
  });

  /** Sends a call, or several as a batch, and checks what comes of each. */
  async function roundTrip(all: readonly Sample[], path: string): Promise<void> {
    const calls = callsOf(all);
    const texts = [...calls.values()].map(({ text }) => text);
    const body = path === '/v1/batch' ? `{"batch":[${texts.join(',')}]}` : texts.join();
    const answer = await post(sluice.url, path, body, { writeKey: 'wk' });
    assert.deepEqual([answer.status, answer.body], [200, { success: true }], body);
    for (let left = calls.size; left > 0; left -= 1) {
      const request = await receiver.next();
      const { messageId } = JSON.parse(request.body) as { messageId: string };
      const call = calls.get(messageId);
      assert.ok(call !== undefined, `${messageId} was sent now`);
      checkSignatures(request);
      checkMeaning(request, call.sample);
    }
  }

  it('means at the receiver what it meant at the sender, in batches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(samples, { minLength: 1, maxLength: 12 }), async (all) => roundTrip(all, '/v1/batch')),
      { numRuns: RUNS },
    );
  });

  it('means at the receiver what it meant at the sender, in single calls', async () => {
    await fc.assert(
      fc.asyncProperty(samples, async (sample) => {
        await roundTrip([sample], messages % 2 === 0 ? '/v1/track' : '/v1/identify');
      }),
      { numRuns: RUNS },
    );
  });

  it('may be as deep as the limit, and one call that is deeper is refused', async () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const call = (levels: number): string => `{"userId":"u","event":"deep","properties":{"x":${nested(levels)}}}`;
    assert.equal((await post(sluice.url, '/v1/track', call(jsonDepthMax - 2), { writeKey: 'wk' })).status, 200);
    checkSignatures(await receiver.next());
    assert.equal((await post(sluice.url, '/v1/track', call(jsonDepthMax - 1), { writeKey: 'wk' })).status, 400);
  });

  it('sets no prototype and adds nothing to any', async () => {
    const names = (): readonly string[] =>
      [Object, Array, String, Function].flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype));
    const before = names();
    const sources = [makeSource({ id: 'web', writeKeys: ['wk'] })];
    const current = makeWorkspace(1, sources, []);
    const bodies: string[] = [];
    const ingest = makeWholeIngest({
      log: {
        epoch: 1,
        append: async (events) => {
          bodies.push(...events.map(({ body }) => body));
          return Promise.resolve(new Float64Array(events.length));
        },
      },
      workspace: { current: () => current, refresh: async () => Promise.resolve(current) },
      ambient: new SimulatedAmbient(),
      telemetry: { accepted: () => undefined, refused: () => undefined },
    });
    const entrance = { route: 'batch', channel: 'server', receivedAtMs: 0, ip: null, userAgent: null } as const;
    await fc.assert(
      fc.asyncProperty(samples, async (sample) => {
        const [call] = [...callsOf([sample]).values()];
        const text = `{"context":${sample.context},"integrations":${sample.properties},"batch":[${call!.text}]}`;
        await ingest.accept({ ...entrance, writeKey: 'wk', body: JSON.parse(text), bodyBytes: text.length });
        const body = bodies.pop()!;
        assert.equal(JSON.stringify(JSON.parse(body)), body);
      }),
      { numRuns: RUNS * 5 },
    );
    assert.deepEqual(names(), before);
    for (const key in {}) assert.fail(`${key} is in every object`);
  });
});
