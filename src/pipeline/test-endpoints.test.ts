import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeDestination } from '../../test/support/inside.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { makeSigner } from '../adapters/webhook/signature.ts';
import { type Exchange, NOTHING_TIMED } from '../domain/attempt.ts';
import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { testsAtOnceMax } from '../domain/limits.ts';
import type { WebhookRequest, WebhookTarget } from '../ports/webhook-sender.ts';
import { EndpointTester } from './test-endpoints.ts';

const EVENT = { type: 'track', body: '{"type":"track","event":"a"}' } as const;

interface Sent {
  readonly target: WebhookTarget;
  readonly request: WebhookRequest;
}

/** Endpoints that sign as in earnest, or as they are told, and answer what they are told. */
function makeBench(answer: Partial<Exchange> | Promise<Partial<Exchange>> = { status: 200 }) {
  const ambient = new SimulatedAmbient();
  const sent: Sent[] = [];
  const closed: string[] = [];
  const bench = { ambient, sent, closed, signed: (inTurn: readonly string[]) => inTurn };
  const tester = new EndpointTester(
    (target) => ({
      send: async (request) => {
        sent.push({ target, request });
        const own = makeSigner(target).headersOf(request.id, request.atMs, request.body);
        const requestHeaders = ['X-Team', '***', ...bench.signed(own)];
        return {
          ...{ status: null, error: null, durationMs: 3.4, responseHeaders: {}, excerpt: '', isCut: false },
          ...{ timing: NOTHING_TIMED, requestHeaders },
          ...(await answer),
        };
      },
      close: async () => {
        closed.push(target.url);
        return Promise.resolve();
      },
    }),
    ambient,
  );
  return { ...bench, bench, tester };
}

/** See `stop`. */
const isStopping = (error: unknown): boolean => error instanceof SluiceError && error.code === 'shutting_down';

const withSecrets = (
  destination: Destination,
  sharedSecret: string,
  nextSecret: string | null = null,
): Destination => ({
  ...{ ...destination, sharedSecret, nextSecret },
});

describe('a test of endpoints', () => {
  it('asks each of them once, as the destination would, and tells what was sent and what came back', async () => {
    const answer = {
      status: 202,
      responseHeaders: { 'content-type': 'text/plain', 'set-cookie': 'a=b' },
      excerpt: 'thanks',
      timing: { ...NOTHING_TIMED, waitMs: 3.123 },
    };
    const { tester, sent, closed } = makeBench(answer);
    const destination = withSecrets(makeDestination('d', ['/a', '/b'], { method: 'PUT', timeoutMs: 700 }), 's3cret');
    const [first, second, ...others] = await tester.test({ destination, event: EVENT });
    assert.ok(first !== undefined);
    assert.deepEqual([first.url, second?.url, others], ['/a', '/b', []]);
    assert.deepEqual(
      sent.map(({ target: { url, method, timeoutMs, replay } }) => [url, method, timeoutMs, replay]),
      [
        ['/a', 'PUT', 700, null],
        ['/b', 'PUT', 700, null],
      ],
    );
    const { headers } = first.request;
    assert.deepEqual([first.request.method, first.request.body, headers['X-Team']], ['PUT', EVENT.body, '***']);
    assert.match(headers['webhook-id'] ?? '', /^tst_[0-9a-f]{32}$/);
    assert.equal(second?.request.headers['webhook-id'], headers['webhook-id']);
    assert.deepEqual([first.outcome, first.status, first.error, first.durationMs], ['succeeded', 202, null, 3]);
    assert.deepEqual(first.response, { headers: { 'content-type': 'text/plain' }, body: 'thanks', isCut: false });
    assert.equal(first.timing.waitMs, 3.1);
    assert.deepEqual(first.signature, { xSignature: 'valid', xSignatureNext: 'absent', standardWebhooks: 'valid' });
    assert.deepEqual(closed.toSorted(), ['/a', '/b']);
  });

  it('is an array of one where the destination sends batches, and has labels where it wants them', async () => {
    const { tester, sent } = makeBench();
    const batch = { maxEvents: 2, maxBytes: 65_536, maxWaitMs: 60_000 };
    const destination = makeDestination('d', ['/a'], { batch, aliasLabels: true });
    await tester.test({ destination, event: { type: 'alias', body: '{"previousId":"a","userId":"b"}' } });
    assert.equal(sent[0]?.request.body, '[{"previousId":"a","userId":"b","Previous ID":"a","User ID":"b"}]');
  });

  it('tells why it failed', async () => {
    const forbidden = { code: 'address_forbidden', message: 'not dialled' } as const;
    const cases: readonly (readonly [Partial<Exchange>, string, string])[] = [
      [{ error: forbidden }, 'rejected', 'address_forbidden'],
      [{ status: 503 }, 'failed', 'http_503'],
      [{ status: 410 }, 'rejected', 'http_410'],
    ];
    for (const [answer, outcome, code] of cases) {
      const [tested] = await makeBench(answer).tester.test({ destination: makeDestination('d', ['/a']), event: EVENT });
      assert.deepEqual([tested?.outcome, tested?.error?.code], [outcome, code]);
      assert.notEqual(tested?.error?.message, '');
      assert.equal(tested?.response === null, answer.status === undefined);
    }
  });

  it('says of signatures what a receiver finds, and not what was meant', async () => {
    const destination = withSecrets(makeDestination('d', ['/a']), 'old', 'new');
    const { bench, tester } = makeBench();
    const signatureOf = async (): Promise<unknown> => (await tester.test({ destination, event: EVENT }))[0]?.signature;
    assert.deepEqual(await signatureOf(), { xSignature: 'valid', xSignatureNext: 'valid', standardWebhooks: 'valid' });
    bench.signed = (inTurn) => inTurn.map((text) => text.replace(/^v1,\S+ /, ''));
    assert.deepEqual(await signatureOf(), {
      xSignature: 'valid',
      xSignatureNext: 'valid',
      standardWebhooks: 'invalid',
    });
    bench.signed = () => [];
    assert.deepEqual(await signatureOf(), {
      xSignature: 'absent',
      xSignatureNext: 'absent',
      standardWebhooks: 'absent',
    });
    const unsigned = await makeBench().tester.test({ destination: makeDestination('d', ['/a']), event: EVENT });
    assert.equal(unsigned[0]?.signature.standardWebhooks, 'absent');
  });

  it('is refused while there are as many as may be, and not any more when one has ended', async () => {
    const { promise, resolve } = Promise.withResolvers<Partial<Exchange>>();
    const { tester } = makeBench(promise);
    const asked = { destination: makeDestination('d', ['/a', '/b']), event: EVENT };
    const underWay = Array.from({ length: testsAtOnceMax }, async () => tester.test(asked));
    await assert.rejects(
      tester.test(asked),
      (error) => error instanceof SluiceError && error.code === 'too_many_tests' && error.status === 429,
    );
    resolve({ status: 200 });
    await Promise.all(underWay);
    assert.equal((await tester.test(asked)).length, 2);
  });

  it('is waited for no longer once it stops, and none is begun', async () => {
    const { promise, resolve } = Promise.withResolvers<Partial<Exchange>>();
    const { tester } = makeBench(promise);
    const ask = { destination: makeDestination('crm', ['https://a.example/']), event: EVENT };
    const waiting = tester.test(ask);
    tester.stop();
    await assert.rejects(waiting, isStopping);
    await assert.rejects(tester.test(ask), isStopping);
    resolve({ status: 200 });
  });
});
