import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type Certificate as Pem, makeCertificates } from '../../test/support/certificates.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { SluiceError } from '../domain/errors.ts';
import { CertificateWatch } from './certificate-watch.ts';
import type { PemPair } from './certificate.ts';

const DAY_MS = 86_400_000;
const LOOK_MS = 10_000;
const FILES = { certificate: '/tls/fullchain.pem', key: '/tls/privkey.pem' };
const UNREADABLE = new SluiceError('tls_file_unreadable', { file: FILES.key, setting: 'key', reason: 'gone' });
const START_MS = new SimulatedAmbient().nowMs();
const { another } = makeCertificates();
/** Good from two months ago on. */
const lasting = (days: number): Pem => another({ fromMs: START_MS - 60 * DAY_MS, toMs: START_MS + days * DAY_MS });
const FIRST = lasting(30);
const SECOND = lasting(40);
const HALF = { cert: SECOND.cert, key: FIRST.key };

async function openBench(context: TestContext, first: Pem = FIRST) {
  const ambient = new SimulatedAmbient();
  const told: string[] = [];
  const replaced: string[] = [];
  const failures: unknown[] = [];
  let held: Pem | Error = first;
  const watch = await CertificateWatch.open({
    files: FILES,
    ambient,
    telemetry: {
      trouble: (what, { reason }) => {
        told.push(typeof reason === 'string' ? `${what}: ${reason}` : what);
      },
    },
    onFailure: (error) => failures.push(error),
    read: async (): Promise<PemPair> => {
      await Promise.resolve();
      if (held instanceof Error) throw held;
      return { certificate: Buffer.from(held.cert), key: Buffer.from(held.key) };
    },
  });
  watch.follow(({ cert }) => replaced.push(cert.toString()));
  context.after(() => {
    watch.close();
  });
  const put = (next: Pem | Error): void => {
    held = next;
  };
  return { ambient, watch, told, replaced, failures, put };
}

const REPLACED = 'the certificate was replaced, and new connections get the new one';
const MISMATCH =
  /^the new certificate cannot be used, and the old one stays: the key in \/tls\/privkey\.pem is not that/;

describe('a watched certificate', () => {
  it('is replaced within ten seconds, and told once', async (context) => {
    const { ambient, watch, told, replaced, put } = await openBench(context);
    await ambient.advance(LOOK_MS);
    assert.deepEqual([told, replaced], [[], []]);
    put(SECOND);
    await ambient.advance(LOOK_MS);
    assert.deepEqual([told, replaced], [[REPLACED], [SECOND.cert]]);
    assert.equal(watch.current.cert.toString(), SECOND.cert);
    await ambient.advance(10 * LOOK_MS);
    assert.equal(told.length, 1);
  });

  it('takes the half of a replacement for no mistake', async (context) => {
    const { ambient, told, replaced, put } = await openBench(context);
    put(HALF);
    await ambient.advance(LOOK_MS);
    put(SECOND);
    await ambient.advance(LOOK_MS);
    assert.deepEqual([told, replaced], [[REPLACED], [SECOND.cert]]);
  });

  for (const [what, bad, message] of [
    ['a pair that does not belong together', HALF, MISMATCH],
    ['a file that cannot be read', UNREADABLE, /the old one stays: cannot read \/tls\/privkey\.pem/],
  ] as const) {
    it(`stays in use in place of ${what}, which is told once, at the second look`, async (context) => {
      const { ambient, watch, told, replaced, put } = await openBench(context);
      put(bad);
      await ambient.advance(LOOK_MS);
      assert.deepEqual(told, []);
      await ambient.advance(10 * LOOK_MS);
      assert.equal(told.length, 1);
      assert.match(told.join(), message);
      assert.equal(watch.current.cert.toString(), FIRST.cert);
      put(SECOND);
      await ambient.advance(LOOK_MS);
      assert.deepEqual([told.slice(1), replaced], [[REPLACED], [SECOND.cert]]);
      put(bad);
      await ambient.advance(2 * LOOK_MS);
      assert.equal(told.length, 3);
    });
  }

  it('is looked at at once when asked, and then a mistake is told at once', async (context) => {
    const { watch, told, put } = await openBench(context);
    put(HALF);
    await watch.look();
    assert.match(told.join(), MISMATCH);
    await watch.look();
    assert.equal(told.length, 1);
    put(SECOND);
    await watch.look();
    assert.equal(told[1], REPLACED);
  });

  it('hands on what nobody expected, and goes on looking', async (context) => {
    const { ambient, failures, replaced, put } = await openBench(context);
    put(new TypeError('a bug'));
    await ambient.advance(LOOK_MS);
    put(SECOND);
    await ambient.advance(LOOK_MS);
    assert.deepEqual([failures.length, replaced], [1, [SECOND.cert]]);
  });

  it('is looked at no more once it is closed', async (context) => {
    const { ambient, watch, replaced, put } = await openBench(context);
    watch.close();
    put(SECOND);
    await ambient.advance(10 * LOOK_MS);
    assert.deepEqual(replaced, []);
  });
});

describe('the end of a certificate', () => {
  const SOON = 'the certificate expires soon; renew it';
  const OVER = 'the certificate has expired: clients refuse it';

  it('is told from two weeks before it on, once a day, and then as over', async (context) => {
    const { ambient, told } = await openBench(context, lasting(16));
    await ambient.advance(2 * DAY_MS);
    assert.deepEqual(told, []);
    await ambient.advance(LOOK_MS);
    assert.deepEqual(told, [SOON]);
    await ambient.advance(3 * DAY_MS);
    assert.deepEqual(told, [SOON, SOON, SOON, SOON]);
  });

  it('is told at the start', async (context) => {
    assert.deepEqual((await openBench(context, lasting(-1))).told, [OVER]);
    assert.deepEqual((await openBench(context, lasting(13))).told, [SOON]);
    const future = another({ fromMs: START_MS + DAY_MS, toMs: START_MS + 90 * DAY_MS });
    assert.deepEqual((await openBench(context, future)).told, ['the certificate is not valid yet: clients refuse it']);
  });

  it('is told of a short-lived one from its last third on', async (context) => {
    const weekly = another({ fromMs: START_MS, toMs: START_MS + 6 * DAY_MS });
    const { ambient, told } = await openBench(context, weekly);
    await ambient.advance(4 * DAY_MS);
    assert.deepEqual(told, []);
    await ambient.advance(LOOK_MS);
    assert.deepEqual(told, [SOON]);
  });

  it('is told no more of one that was replaced', async (context) => {
    const { ambient, told, put } = await openBench(context, lasting(5));
    put(SECOND);
    await ambient.advance(3 * DAY_MS);
    assert.deepEqual(told, [SOON, REPLACED]);
  });
});
