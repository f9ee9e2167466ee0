import { type AttemptError, type Exchange, NOTHING_TIMED } from '../../domain/attempt.ts';
import { excerptBytesMax } from '../../domain/limits.ts';
import { listenerIn } from '../../domain/listener-url.ts';
import { maskedHeaders } from '../../domain/masked.ts';
import { assert } from '../../lib/assert.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { CarriedAnswer, ListenerCarrier } from '../../ports/listener-carrier.ts';
import type { OpenWebhookSender, WebhookSender, WebhookTarget } from '../../ports/webhook-sender.ts';
import { makeEchoMask } from './echoes.ts';
import { textOf } from './excerpt.ts';
import { fixedHeadersOf } from './request-headers.ts';
import { makeSigner } from './signature.ts';

export interface ListenerSenderOptions {
  readonly ambient: Ambient;
  readonly carrier: ListenerCarrier;
  /** Our version, for `User-Agent`. */
  readonly version: string;
}

/** The sender for endpoints whose URL names a listener (`listenerIn`): nothing is dialled, whoever listens asked for it. */
export function makeOpenListenerSender(options: ListenerSenderOptions): OpenWebhookSender {
  return (target) => openListenerSender(target, options);
}

function openListenerSender(
  target: WebhookTarget,
  { ambient, carrier, version }: ListenerSenderOptions,
): WebhookSender {
  const listener = listenerIn(target.url);
  assert(listener !== null, 'the endpoint of a listener names one');
  const { method, timeoutMs } = target;
  const signer = makeSigner(target);
  const fixedHeaders = fixedHeadersOf(target, version);
  const shownHeaders = fixedHeadersOf({ ...target, headers: maskedHeaders(target.headers) }, version);
  const withoutEchoes = makeEchoMask(target.headers);
  return {
    async send({ id: webhookId, body, atMs }) {
      const own = signer.headersOf(webhookId, atMs, body);
      const request = { listener, webhookId, method, headers: [...fixedHeaders, ...own], body, timeoutMs };
      const [id, startedMs] = [ambient.uuid(), ambient.elapsedMs()];
      const deadline = ambient.after(timeoutMs, () => void carrier.withdraw(id));
      // Rejects only where its thread has ended, and with it this one.
      const answer = await carrier.carry({ ...request, id });
      deadline.cancel();
      const durationMs = ambient.elapsedMs() - startedMs;
      return withoutEchoes({
        ...{ durationMs, requestHeaders: [...shownHeaders, ...own] },
        timing: { ...NOTHING_TIMED, waitMs: durationMs },
        ...saidIn(answer, listener, timeoutMs),
      });
    },
    close: async () => Promise.resolve(),
  };
}

type Said = Pick<Exchange, 'status' | 'error' | 'responseHeaders' | 'excerpt' | 'isCut'>;

function saidIn(answer: CarriedAnswer, listener: string, timeoutMs: number): Said {
  switch (answer.kind) {
    case 'answered': {
      const { status, headers, body } = answer;
      const isCut = answer.isCut || body.length > excerptBytesMax;
      const excerpt = textOf(Buffer.from(body).subarray(0, excerptBytesMax), isCut);
      return { status, error: null, responseHeaders: headers, excerpt, isCut };
    }
    case 'failed':
      return failed({ code: answer.code, message: answer.message });
    case 'withdrawn': {
      const message = answer.isThere
        ? `the listener ${listener} did not answer within ${timeoutMs} ms; its program may still have processed the request`
        : `nobody listens as ${listener}; have somebody run: sluice listen ${listener}`;
      return failed({ code: 'timeout', message });
    }
  }
}

function failed(error: AttemptError): Said {
  return { status: null, error, responseHeaders: {}, excerpt: '', isCut: false };
}
