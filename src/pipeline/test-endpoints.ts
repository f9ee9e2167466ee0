import { withAliasLabels } from '../domain/alias-labels.ts';
import { type Exchange, type ExchangeTiming, judge, type Outcome } from '../domain/attempt.ts';
import type { DeliveryMethod, Destination, Endpoint } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import type { NewEvent } from '../domain/event.ts';
import { testsAtOnceMax } from '../domain/limits.ts';
import { type Signatures, signaturesOf } from '../domain/webhook-signature.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { OpenWebhookSender } from '../ports/webhook-sender.ts';
import { keptExchangeOf, messageOf } from './kept-exchange.ts';
import { webhookTargetOf } from './webhook-target.ts';

export interface TestAsk {
  /** As it is now, whether it is delivered to or not: all of its endpoints here are asked. */
  readonly destination: Destination;
  readonly event: Pick<NewEvent, 'type' | 'body'>;
}

/** What came of a test at one endpoint. */
export interface EndpointTest {
  readonly url: string;
  readonly outcome: Exclude<Outcome, 'skipped'>;
  readonly status: number | null;
  /** Why it did not succeed: as of an attempt. */
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly durationMs: number;
  /** As it was sent, or would have been, had there been a connection; configured values are masked. */
  readonly request: {
    readonly method: DeliveryMethod;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly response: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly isCut: boolean;
  } | null;
  readonly timing: ExchangeTiming;
  /** Of the request above, as its receiver finds it. */
  readonly signature: Signatures;
}

/** How long whoever finds no room is told to wait: as long as a test usually takes. */
const RETRY_AFTER_S = 5;

/**
 * Sends test events: at once, once, and beside the gates, so that a test takes no slot of what is delivered, waits for
 * no pause, and teaches a circuit breaker nothing. Nobody is told of it but who asked. Where requests may go is the
 * sender's to judge, as for any other.
 */
export class EndpointTester {
  readonly #openSender: OpenWebhookSender;
  readonly #ambient: Pick<Ambient, 'nowMs' | 'uuid'>;
  #underWay = 0;
  /** Rejects when tests are waited for no longer. */
  readonly #stopped = Promise.withResolvers<never>();

  constructor(openSender: OpenWebhookSender, ambient: Pick<Ambient, 'nowMs' | 'uuid'>) {
    this.#openSender = openSender;
    this.#ambient = ambient;
    // Nobody may be waiting.
    this.#stopped.promise.catch(() => undefined);
  }

  /** Answers in the order of the endpoints, within the destination's timeout. Rejects `too_many_tests`, `shutting_down`. */
  async test({ destination, event }: TestAsk): Promise<readonly EndpointTest[]> {
    if (this.#underWay >= testsAtOnceMax)
      throw new SluiceError('too_many_tests', { max: testsAtOnceMax, retryAfterS: RETRY_AFTER_S });
    this.#underWay += 1;
    try {
      const id = `tst_${this.#ambient.uuid().replaceAll('-', '')}`;
      const body = bodyFor(destination, event);
      const tests = destination.endpoints.map(async (endpoint) => this.#testOne(destination, endpoint, { id, body }));
      return await Promise.race([Promise.all(tests), this.#stopped.promise]);
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Waits no longer for endpoints that have not answered: whoever asked is told so. */
  stop(): void {
    this.#stopped.reject(new SluiceError('shutting_down'));
  }

  async #testOne(
    destination: Destination,
    endpoint: Endpoint,
    { id, body }: { readonly id: string; readonly body: string },
  ): Promise<EndpointTest> {
    const target = webhookTargetOf(destination, endpoint, null);
    const sender = this.#openSender(target);
    const exchange = await sender.send({ id, body, atMs: this.#ambient.nowMs() });
    await sender.close();
    const { requestHeaders, responseHeaders, excerpt, isCut, timing } = keptExchangeOf(exchange);
    const { status, durationMs } = exchange;
    return {
      url: endpoint.url,
      outcome: judge(exchange),
      ...{ status, error: errorOf(exchange), durationMs: Math.round(durationMs), timing },
      request: { method: target.method, headers: requestHeaders, body },
      response: status === null ? null : { headers: responseHeaders, body: excerpt, isCut },
      signature: await signaturesOf({ headers: lowerCased(requestHeaders), body: utf8.encode(body) }, target),
    };
  }
}

const utf8 = new TextEncoder();

/** As its lane would send it, had nothing else come. */
function bodyFor({ delivery }: Destination, event: TestAsk['event']): string {
  const { body } = delivery.aliasLabels ? withAliasLabels(event) : event;
  return delivery.batch === null ? body : `[${body}]`;
}

function errorOf(exchange: Exchange): EndpointTest['error'] {
  const message = messageOf(exchange);
  return message === null ? null : { code: exchange.error?.code ?? `http_${exchange.status ?? 0}`, message };
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
