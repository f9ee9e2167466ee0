import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { makeReceiver, verifyWebhook, WebhookError, type VerifierOptions, type WebhookRequest } from 'sluice/receiver';
import type { ReceiverVector } from '../../scripts/receiver-vectors.ts';
import { makeSigner } from '../adapters/webhook/signature.ts';
import { CALL_TYPES } from '../domain/event.ts';
import { normalised } from '../domain/normalise.ts';
import { sampleCallOf } from '../domain/sample-call.ts';

const page = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/receiver-vectors.json'), 'utf8')) as {
  readonly nowS: number;
  readonly toleranceS: number;
  readonly vectors: readonly ReceiverVector[];
};
const NOW_MS = page.nowS * 1000;
const SECRET = 'keep-me-safe';
const EVENT = { type: 'track', event: 'Naïve ☃', messageId: 'm1', projectId: 'web' };

/** A request as Sluice makes it. */
function signed(body: unknown = EVENT, secret = SECRET, nextSecret: string | null = null): WebhookRequest {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const flat = makeSigner({ sharedSecret: secret, nextSecret }).headersOf('evt_1', NOW_MS, bytes.toString());
  const pairs = flat.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), flat[at + 1]!]] : []));
  return { headers: Object.fromEntries(pairs) as Record<string, string>, body: bytes };
}

function without(request: WebhookRequest, ...names: readonly string[]): WebhookRequest {
  const left = Object.entries(request.headers).filter(([name]) => !names.includes(name));
  return { ...request, headers: Object.fromEntries(left) };
}

/** Why it is not taken; `valid` where it is. */
async function verdict(request: WebhookRequest, options: Partial<VerifierOptions> = {}): Promise<string> {
  try {
    await verifyWebhook({ secrets: SECRET, nowMs: () => NOW_MS, ...options, ...request });
    return 'valid';
  } catch (error) {
    assert.ok(error instanceof WebhookError, String(error));
    assert.ok(error.message.length > 40, 'a message that says what to do');
    return error.reason;
  }
}

describe('verifyWebhook over the vectors for other languages', () => {
  for (const { name, secrets, headers, body, standard, xSignature } of page.vectors) {
    it(`finds ${name || 'the request'}: ${standard}, by X-Signature alone ${xSignature}`, async () => {
      const options = { secrets, toleranceMs: page.toleranceS * 1000 };
      assert.equal(await verdict({ headers, body }, options), standard);
      const literalAlone = without({ headers, body }, 'webhook-signature');
      assert.equal(await verdict(literalAlone, { ...options, accept: 'any' }), xSignature);
    });
  }

  it('is tried with some of each verdict', () => {
    const verdicts = new Set(page.vectors.flatMap(({ standard, xSignature }) => [standard, `x ${xSignature}`]));
    assert.equal(verdicts.size, 8);
  });
});

describe('verifyWebhook', () => {
  it('takes whatever Sluice signs, with whatever secret, and nothing of which a bit was changed', async () => {
    const secrets = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.startsWith('whsec_')),
      fc.uint8Array({ minLength: 1, maxLength: 64 }).map((key) => `whsec_${Buffer.from(key).toString('base64')}`),
    );
    await fc.assert(
      fc.asyncProperty(secrets, fc.string({ unit: 'grapheme' }), fc.nat(), async (secret, event, at) => {
        const request = signed({ ...EVENT, event }, secret);
        assert.equal(await verdict(request, { secrets: secret }), 'valid');
        const tampered = Uint8Array.from(request.body as Buffer);
        tampered[at % tampered.length]! ^= 1;
        for (const accept of ['standard', 'any'] as const)
          assert.equal(await verdict({ ...request, body: tampered }, { secrets: secret, accept }), 'wrong_signature');
      }),
    );
  });

  it('takes the body as bytes, as a buffer of bytes and as text, and headers of either kind and in any case', async () => {
    const { headers, body } = signed();
    const bytes = body as Buffer;
    const exact = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    // Of another realm, as in the sandbox of a test runner.
    const foreign = runInNewContext('[Uint8Array.from(bytes), Uint8Array.from(bytes).buffer]', {
      bytes,
    }) as Uint8Array[];
    for (const each of [bytes, new Uint8Array(bytes), exact, bytes.toString(), ...foreign])
      assert.equal(await verdict({ headers, body: each }), 'valid');
    const pairs = Object.entries(headers as Record<string, string>);
    assert.equal(await verdict({ headers: new Headers(pairs), body }), 'valid');
    const shouted = Object.fromEntries(pairs.map(([name, value]) => [name.toUpperCase(), [value]]));
    assert.equal(await verdict({ headers: shouted, body }), 'valid');
  });

  it('says what a request is: its event or the events of its batch, its id and time, and what replay it is of', async () => {
    const options = { secrets: SECRET, nowMs: () => NOW_MS };
    const one = await verifyWebhook({ ...options, ...signed() });
    assert.deepEqual(one, {
      ...{ scheme: 'standard', id: 'evt_1', attemptedAtMs: NOW_MS, replay: null, isBatch: false },
      events: [EVENT],
    });
    const batch = signed([EVENT, { ...EVENT, messageId: 'm2' }]);
    const headers = { ...(batch.headers as Record<string, string>), 'x-sluice-replay': 'rpl_7' };
    const { isBatch, events, replay } = await verifyWebhook({ ...options, ...batch, headers });
    assert.deepEqual([isBatch, events.map(({ messageId }) => messageId), replay], [true, ['m1', 'm2'], 'rpl_7']);
    const literal = await verifyWebhook({ ...options, accept: 'any', ...without(batch, 'webhook-signature') });
    // Neither is signed then, and so neither is told.
    assert.deepEqual([literal.scheme, literal.id, literal.attemptedAtMs], ['x-signature', null, null]);
  });

  it('judges a request that has both signatures by the better one alone, whatever else is accepted', async () => {
    const old = { nowMs: () => NOW_MS + 600_000, accept: 'any' } as const;
    assert.equal(await verdict(signed(), old), 'too_old');
    const { headers, body } = signed();
    const forged = { ...(headers as Record<string, string>), 'webhook-signature': 'v1,AAAA' };
    assert.equal(await verdict({ headers: forged, body }, { accept: 'any' }), 'wrong_signature');
    const halved = without({ headers, body }, 'webhook-id');
    assert.equal(await verdict(halved, { accept: 'any' }), 'missing_signature');
  });

  it('takes X-Signature alone only where that is asked for', async () => {
    const literal = without(signed(), 'webhook-signature', 'webhook-id', 'webhook-timestamp');
    assert.equal(await verdict(literal), 'missing_signature');
    assert.equal(await verdict(literal, { accept: 'any' }), 'valid');
  });

  it('takes a time that is none for nothing, also from who knows the secret', async () => {
    const { headers, body } = signed();
    for (const at of ['soon', '', '1e9', ' 1767225600', '-1', '9'.repeat(20)]) {
      const hmac = createHmac('sha256', SECRET)
        .update(`evt_1.${at}.`)
        .update(body as Buffer);
      const signature = `v1,${hmac.digest('base64')}`;
      const odd = { ...(headers as Record<string, string>), 'webhook-timestamp': at, 'webhook-signature': signature };
      assert.equal(await verdict({ headers: odd, body }), 'wrong_signature', at);
    }
  });

  it('takes a hash of one kind for no signature of the other', async () => {
    const { headers, body } = signed();
    const sha1 = createHmac('sha1', SECRET)
      .update('evt_1.')
      .update(body as Buffer)
      .digest('base64');
    const weak = { ...(headers as Record<string, string>), 'webhook-signature': `v1,${sha1}` };
    assert.equal(await verdict({ headers: weak, body }), 'wrong_signature');
  });

  it('refuses to check with nothing, and with a secret that is none', async () => {
    for (const secrets of [undefined, '', [], [undefined, '']])
      assert.equal(await verdict(signed(), { secrets }), 'secret_missing');
    for (const secret of ['whsec_', 'whsec_not base64', 'whsec_a', 'whsec_-_-_', 'whsec_YWJj\n', 'whsec_YWJj='])
      assert.equal(await verdict(signed(), { secrets: [SECRET, secret] }), 'secret_malformed', secret);
    const unpadded = 'whsec_YWI';
    assert.equal(await verdict(signed(EVENT, unpadded), { secrets: unpadded }), 'valid');
    assert.equal(await verdict(signed(), { secrets: [undefined, SECRET] }), 'valid');
  });

  it('refuses a body that a parser has read, and says so', async () => {
    const { headers } = signed();
    for (const body of [EVENT, undefined, null, [EVENT]] as unknown as WebhookRequest['body'][])
      assert.equal(await verdict({ headers, body }), 'body_parsed');
  });

  it('refuses what is genuine and no event', async () => {
    for (const body of ['', '{', '"text"', '[]', '{}', '{"type":"track"}', '[null]', '{"type":1,"messageId":"m"}'])
      assert.equal(await verdict(signed(body)), 'body_malformed', body);
    assert.equal(await verdict(signed({ type: 'of a later version', messageId: 'm' })), 'valid');
  });

  it('is not kept busy by a list of signatures without end', async () => {
    const { headers, body } = signed();
    const own = (headers as Record<string, string>)['webhook-signature']!;
    const list = `${'v1,AAAA '.repeat(10)}${own}`;
    const long = { ...(headers as Record<string, string>), 'webhook-signature': list };
    assert.equal(await verdict({ headers: long, body }), 'wrong_signature');
  });

  it('says nothing of a secret or of what was sent when it refuses', async () => {
    const told: string[] = [];
    for (const [secret, body] of [
      ['whsec_%%', EVENT],
      [SECRET, 'private'],
      ['another', EVENT],
    ] as const) {
      const request = signed(body);
      await verifyWebhook({ secrets: secret, nowMs: () => NOW_MS, ...request }).catch((error: unknown) => {
        assert.ok(error instanceof WebhookError);
        told.push(error.message);
      });
    }
    assert.equal(told.length, 3);
    assert.doesNotMatch(told.join(' '), /%%|private|another secret was|keep-me-safe/);
  });
});

describe('a stranger', () => {
  it('gets nothing worked on, whatever is sent, and always an answer', async () => {
    const own = signed().headers as Record<string, string>;
    const names = fc.constantFrom(...Object.keys(own), 'x-signature-next', 'x-sluice-replay', 'get', 'constructor');
    const value = fc.oneof(
      ...[fc.string(), fc.base64String().map((text) => `v1,${text}`), fc.constantFrom(...Object.values(own))],
      fc.array(fc.string()),
    );
    const body = fc.oneof(fc.string(), fc.json(), fc.constant(JSON.stringify({ ...EVENT, event: 'forged' })));
    let worked = 0;
    const told: unknown[] = [];
    const options = { secrets: SECRET, nowMs: () => NOW_MS, onError: (error: unknown) => told.push(error) };
    const property = fc.asyncProperty(
      ...[fc.constantFrom('standard', 'any'), fc.dictionary(names, value), body, fc.constantFrom('POST', 'GET', '')],
      async (accept, headers, text, method) => {
        const receive = makeReceiver({
          ...options,
          accept: accept,
          onEvent: () => (worked += 1),
        });
        const { status } = await receive({ method, headers, readBody: async () => Promise.resolve(text) });
        assert.ok(status === 401 || status === 405, `${status}`);
      },
    );
    await fc.assert(property, { numRuns: 500 });
    assert.equal(worked, 0);
    assert.ok(told.every((error) => error instanceof WebhookError));
  });
});

describe('an event as the types of the receiver have it', () => {
  for (const type of CALL_TYPES) {
    it(`is what Sluice makes of a call: ${type}`, async () => {
      const arrival = { channel: 'server', receivedAtMs: NOW_MS, ip: null, userAgent: null, envelope: null } as const;
      const source = { id: 'web', kind: 'server' } as const;
      const { body } = normalised(sampleCallOf(type, NOW_MS), type, source, arrival, () => 'm1');
      const { events } = await verifyWebhook({ secrets: SECRET, nowMs: () => NOW_MS, ...signed(body) });
      const [event] = events;
      assert.ok(event !== undefined && event.type === type);
      const { version, messageId, timestamp, receivedAt, projectId, channel } = event;
      assert.deepEqual([version, messageId, projectId, channel], [1, 'm1', 'web', 'server']);
      for (const at of [timestamp, receivedAt]) assert.equal(new Date(at).toISOString(), at);
      assert.equal(typeof event.context, 'object');
    });
  }
});
