import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../../test/support/simulated-ambient.ts';
import type { CarriedAnswer, CarriedRequest, ListenerCarrier } from '../../ports/listener-carrier.ts';
import type { WebhookTarget } from '../../ports/webhook-sender.ts';
import { makeOpenListenerSender } from './listener-sender.ts';

const TARGET: WebhookTarget = {
  ...{
    url: 'listener:ada',
    method: 'POST',
    headers: { 'X-Key': 'hush-hush-hush-hush' },
    replay: null,
    timeoutMs: 1_000,
  },
  ...{ sharedSecret: 'keep-me-safe', nextSecret: null, tls: null },
};

/** Keeps what it is to carry, until a test answers. */
class Carrier implements ListenerCarrier {
  readonly carried: CarriedRequest[] = [];
  #resolve: (answer: CarriedAnswer) => void = () => undefined;

  async carry(request: CarriedRequest): Promise<CarriedAnswer> {
    this.carried.push(request);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  async withdraw(): Promise<void> {
    this.#resolve({ kind: 'withdrawn', isThere: false });
    return Promise.resolve();
  }

  answer(answer: CarriedAnswer): void {
    this.#resolve(answer);
  }
}

function open() {
  const [ambient, carrier] = [new SimulatedAmbient(), new Carrier()];
  const sender = makeOpenListenerSender({ ambient, carrier, version: '1.2.3' })(TARGET);
  const send = async () => sender.send({ id: 'evt_1', body: '{"a":1}', atMs: 1_700_000_000_000 });
  return { ambient, carrier, send };
}

function hmac(algorithm: string, signed: string, encoding: 'hex' | 'base64'): string {
  return createHmac(algorithm, 'keep-me-safe').update(signed).digest(encoding);
}

describe('the sender to a listener', () => {
  it('has the request carried that an endpoint would get, signed, and masks what was configured where it is shown', async () => {
    const { carrier, send } = open();
    const sent = send();
    const [request] = carrier.carried;
    assert.deepEqual(request?.headers, [
      ...[
        'User-Agent',
        'Segment/1.0 (Sluice/1.2.3)',
        'Content-Type',
        'application/json',
        'X-Key',
        'hush-hush-hush-hush',
      ],
      ...['webhook-id', 'evt_1', 'webhook-timestamp', '1700000000'],
      ...['webhook-signature', `v1,${hmac('sha256', 'evt_1.1700000000.{"a":1}', 'base64')}`],
      ...['X-Signature', hmac('sha1', '{"a":1}', 'hex')],
    ]);
    assert.equal(request.body, '{"a":1}');
    carrier.answer({
      ...{
        kind: 'answered',
        status: 201,
        headers: { 'x-echo': 'hush-hush-hush-hush' },
        body: Buffer.from('hush-hush-hush-hush!'),
        isCut: false,
      },
    });
    const { status, requestHeaders, responseHeaders, excerpt } = await sent;
    assert.equal(status, 201);
    assert.ok(!JSON.stringify([requestHeaders, responseHeaders, excerpt]).includes('hush'));
  });

  it('keeps the beginning of a long answer', async () => {
    const { carrier, send } = open();
    const sent = send();
    carrier.answer({ kind: 'answered', status: 200, headers: {}, body: Buffer.from('é'.repeat(1_000)), isCut: false });
    const { excerpt, isCut } = await sent;
    assert.deepEqual([excerpt, isCut], ['é'.repeat(512), true]);
  });

  it('has what the program did not answer for its error', async () => {
    const { carrier, send } = open();
    const sent = send();
    carrier.answer({ kind: 'failed', code: 'connection_refused', message: 'nothing listens at localhost:3000' });
    const { status, error } = await sent;
    assert.deepEqual([status, error?.code], [null, 'connection_refused']);
  });

  it('ends when its time is up, and says that nobody listens', async () => {
    const { ambient, send } = open();
    const sent = send();
    await ambient.advance(1_000);
    const { error, durationMs } = await sent;
    assert.deepEqual([error?.code, durationMs], ['timeout', 1_000]);
    assert.match(error?.message ?? '', /nobody listens as ada; have somebody run: sluice listen ada/);
  });
});
