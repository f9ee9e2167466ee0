import type { RawBody } from './body.ts';
import type { WebhookEvent } from './event.ts';
import type { WebhookHeaders } from './headers.ts';
import { rememberInMemory, type SeenIds } from './seen-ids.ts';
import { makeVerifier, type VerifierOptions, type Webhook } from './verify.ts';
import { WebhookError } from './webhook-error.ts';

export interface ReceiverOptions extends VerifierOptions {
  /**
   * Your work, once for each event. When it throws, Sluice is answered so that it sends the event again; the others of a
   * batch are worked on all the same. Answer within the destination's timeout (5 s): put long work aside and return.
   */
  readonly onEvent: (event: WebhookEvent, webhook: Webhook) => unknown;
  /** Which events were worked on. Default: `rememberInMemory()`. With null each is worked on as often as it comes. */
  readonly seen?: SeenIds | null;
  /**
   * Whether what an operator sends again by a replay is worked on again (`again`, the default) or was seen (`once`). The
   * header that says so is not signed: with `again`, whoever sees a request on its way can have it worked on a second time
   * within the tolerance.
   */
  readonly replays?: 'again' | 'once';
  /** Larger bodies are answered `413`. Default: 2 MiB; a batch has 1 MiB at most, and a little for its commas. */
  readonly bodyBytesMax?: number;
  /** Told why a request was not taken, and what `onEvent` threw. Default: `console.error`. */
  readonly onError?: (error: unknown) => void;
}

/** A request before its body is read. */
export interface IncomingWebhook {
  readonly method: string;
  readonly headers: WebhookHeaders;
  /** @throws WebhookError when it is too large, incomplete, or was read before */
  readonly readBody: (bodyBytesMax: number) => Promise<RawBody>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const BODY_BYTES_MAX = 2 * 1024 * 1024;
/** What a destination's `delivery.method` may be. */
const METHODS: readonly string[] = ['POST', 'PUT', 'PATCH'];

/**
 * What all adapters share: takes a request, and resolves to what is to be answered. It never rejects.
 *
 * @throws WebhookError `secret_missing`, `secret_malformed`
 */
export function makeReceiver(options: ReceiverOptions): (request: IncomingWebhook) => Promise<Answer> {
  const { bodyBytesMax = BODY_BYTES_MAX, onError = tellOnConsole } = options;
  const verify = makeVerifier(options);
  const work = makeWork(options);
  return async ({ method, headers, readBody }) => {
    try {
      if (!METHODS.includes(method)) throw wrongMethod();
      const webhook = await verify({ headers, body: await readBody(bodyBytesMax) });
      return answerTo(await work(webhook), onError);
    } catch (error) {
      onError(error);
      return refusal(error);
    }
  };
}

/** What became of each event of a request. */
interface Worked {
  worked: number;
  repeated: number;
  readonly failures: unknown[];
}

function makeWork({ onEvent, seen = rememberInMemory(), replays = 'again' }: ReceiverOptions) {
  return async (webhook: Webhook): Promise<Worked> => {
    const became: Worked = { worked: 0, repeated: 0, failures: [] };
    // One after the other: a second of the same id in a batch finds the first one done.
    for (const event of webhook.events) {
      const id = await seenIdOf(event, replays === 'again' ? webhook.replay : null);
      try {
        if (await workOnce(seen, id, () => onEvent(event, webhook))) became.worked += 1;
        else became.repeated += 1;
      } catch (error) {
        became.failures.push(error);
      }
    }
    return became;
  };
}

/** Resolves to whether there was work to do. */
async function workOnce(seen: SeenIds | null, id: string, work: () => unknown): Promise<boolean> {
  const claim = await (seen?.claim(id) ?? 'new');
  if (claim === 'done') return false;
  if (claim === 'busy')
    throw new WebhookError('event_in_progress', 'the same event is being worked on: send it again later');
  try {
    await work();
    await seen?.remember(id);
  } catch (error) {
    await seen?.release(id);
    throw error;
  }
  return true;
}

const ID_CHARACTERS_MAX = 200;

/**
 * What an event is remembered by: its message id, which is its own also in another batch, within its source, whose senders
 * made it. No `webhook-id`: that of a batch says nothing of its events, and `X-Signature` does not sign it. At most 200
 * characters, because a sender may make message ids of any length.
 */
async function seenIdOf({ projectId, messageId }: WebhookEvent, replay: string | null): Promise<string> {
  const id = `${projectId}${replay === null ? '' : `@${replay}`}:${messageId}`;
  if (id.length <= ID_CHARACTERS_MAX) return id;
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(id)));
  return `sha256:${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** A failure of any event is one of the request: Sluice sends all of it again, and what was done is not done twice. */
function answerTo({ worked, repeated, failures }: Worked, onError: (error: unknown) => void): Answer {
  for (const failure of failures) onError(failure);
  // An event that is refused for good is told only when nothing else is to be tried again.
  const first = failures.find((failure) => !isRefused(failure)) ?? failures[0];
  return first === undefined ? text(200, `${worked} worked on, ${repeated} had before\n`) : refusal(first);
}

function isRefused(failure: unknown): boolean {
  return failure instanceof WebhookError && failure.reason === 'event_refused';
}

/** Sluice shows it to whoever looks after the destination. What `onEvent` threw is for the receiver's own log. */
function refusal(error: unknown): Answer {
  if (!(error instanceof WebhookError)) return text(500, 'work_failed: see the log of the receiver\n');
  const more: Record<string, string> = error.reason === 'wrong_method' ? { allow: METHODS.join(', ') } : {};
  return text(error.status, `${error.message}\n`, more);
}

function text(status: number, body: string, more: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...more }, body };
}

function wrongMethod(): WebhookError {
  return new WebhookError('wrong_method', 'this address takes webhooks of Sluice: POST them');
}

function tellOnConsole(error: unknown): void {
  if (error instanceof WebhookError) console.error(`sluice/receiver: ${error.message}`);
  else console.error('sluice/receiver: onEvent failed:', error);
}
