import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { AttemptErrorCode, Exchange } from '../../src/domain/attempt.ts';
import type { Ambient } from '../../src/ports/ambient.ts';
import type {
  OpenWebhookSender,
  WebhookRequest,
  WebhookSender,
  WebhookTarget,
} from '../../src/ports/webhook-sender.ts';
import { makeCertificates } from './certificates.ts';
import { openRawReceiver, openReceiver, type RawReceiver, type Receiver, type ReceiverOptions } from './receiver.ts';
import { SimulatedAmbient } from './simulated-ambient.ts';

/** What a test decides about the world around a webhook sender. */
export interface Surroundings {
  readonly ambient: Ambient;
  /** Addresses and ranges that may be sent to although they are not public. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** What names resolve to, asked anew each time; what is not here, as on this machine. */
  readonly names: Readonly<Record<string, () => readonly string[]>>;
  /** The URL of a proxy, or null. */
  readonly proxy: string | null;
  /** Authorities to trust besides the process's own. */
  readonly ca: readonly string[];
}
export type MakeOpenWebhookSender = (surroundings: Surroundings) => OpenWebhookSender;

export const TIMEOUT_MS = 5_000;
export const REQUEST: WebhookRequest = {
  id: 'evt_1',
  body: '{"type":"track","event":"Naïve ☃ 🎈"}',
  atMs: 1_767_225_600_999,
};
export const TARGET: Omit<WebhookTarget, 'url'> = {
  method: 'POST',
  headers: {},
  replay: null,
  sharedSecret: null,
  nextSecret: null,
  tls: null,
  timeoutMs: TIMEOUT_MS,
};
export const certificates = makeCertificates();
export const SURROUNDINGS: Omit<Surroundings, 'ambient'> = {
  allow: ['127.0.0.0/8'],
  deny: [],
  names: {},
  proxy: null,
  ca: [certificates.ca],
};

export interface Bench {
  readonly sender: WebhookSender;
  /** Time stands still: deadlines come when a test says so. */
  readonly ambient: SimulatedAmbient;
  readonly send: (request?: Partial<WebhookRequest>) => Promise<Exchange>;
}

/** A sender to one URL that may connect to 127.0.0.0/8 and trusts the test's authority, closed with the test. */
export function makeBenches(makeOpen: MakeOpenWebhookSender) {
  return (
    t: TestContext,
    url: string,
    target?: Partial<WebhookTarget>,
    surroundings?: Partial<Surroundings>,
  ): Bench => {
    const ambient = new SimulatedAmbient();
    const open = makeOpen({ ...SURROUNDINGS, ambient, ...surroundings });
    const sender = open({ ...TARGET, url, ...target });
    t.after(async () => {
      const closing = sender.close();
      await ambient.advance(TIMEOUT_MS); // what still runs ends at its deadline
      await closing;
    });
    return { sender, ambient, send: async (request) => sender.send({ ...REQUEST, ...request }) };
  };
}

export async function receiverFor(t: TestContext, options?: ReceiverOptions): Promise<Receiver> {
  const receiver = await openReceiver(options);
  t.after(async () => receiver.close());
  return receiver;
}

export async function rawReceiverFor(t: TestContext, onSocket: (socket: Socket) => void): Promise<RawReceiver> {
  const receiver = await openRawReceiver(onSocket);
  t.after(async () => receiver.close());
  return receiver;
}

/** Writes this as soon as a request, or the beginning of one, is there; and then what follows. */
export function answering(answer: string | Buffer, then?: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', () => {
      socket.write(answer);
      if (then !== undefined)
        void turns().then(() => {
          then(socket);
        });
    });
  };
}

/** Writes without end, as fast as the other side takes it. */
export function flood(text: string | Buffer): (socket: Socket) => void {
  return (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(text));
    };
    socket.on('drain', more);
    more();
  };
}

/** Lets this process read what was written to loopback: it is there at once, and takes a few rounds to be handled. */
export async function turns(): Promise<void> {
  for (let round = 0; round < 10; round += 1) await turn();
}

export function assertFailed(exchange: Exchange, code: AttemptErrorCode, message: RegExp): void {
  assert.equal(exchange.error?.code, code, exchange.error?.message ?? 'it has no error');
  assert.match(exchange.error.message, message);
  assert.deepEqual(
    [exchange.status, exchange.responseHeaders, exchange.excerpt, exchange.isCut],
    [null, {}, '', false],
  );
}
