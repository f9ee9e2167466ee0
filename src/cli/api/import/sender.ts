import { Agent, request } from 'undici';
import { isJsonObject } from '../../../lib/json-object.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { printable } from '../../printable.ts';
import { Lull, type LullOptions, type Trouble } from './lull.ts';
import type { Target } from '../target.ts';
import { unreached } from '../unreached.ts';

export interface SenderOptions extends LullOptions {
  readonly target: Target;
  readonly writeKey: string;
  readonly concurrency: number;
}

interface Answered {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | null;
}

/** Answers that mean: the same request may be taken later. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
/** A Sluice that is halted answers nothing, however long one waits. */
const ANSWER_WITHIN_MS = 60_000;
const ANSWER_CHARS_MAX = 200;

/**
 * Sends batches to the tracking API, each until it was accepted. Twice is no harm: calls have the same message ids then.
 *
 * `/v1/import` takes what `/v1/batch` does, and in the log of a proxy it can be told from what libraries send live.
 */
export class ImportSender {
  readonly #options: SenderOptions;
  readonly #agent: Agent;
  readonly #lull: Lull;

  constructor(options: SenderOptions) {
    this.#options = options;
    const timeouts = { headersTimeout: ANSWER_WITHIN_MS, bodyTimeout: ANSWER_WITHIN_MS, connectTimeout: 10_000 };
    this.#agent = new Agent({ ...timeouts, connections: options.concurrency + 1, pipelining: 1 });
    this.#lull = new Lull(options);
  }

  /**
   * Resolves when it is on Sluice's disk. Waits for a Sluice that is away or takes nothing.
   *
   * @throws CommandFailure when waiting would not help; the signal's reason when the import is stopped
   */
  async send(body: string): Promise<void> {
    for (;;) {
      await this.#lull.over();
      const trouble = await this.#troubleWith(body);
      if (trouble === null) {
        this.#lull.end();
        return;
      }
      this.#lull.begin(trouble);
    }
  }

  /**
   * Whether some source has the write key. Of one that nobody has, all calls are answered with success and dropped
   * (protocol section 1.2); what libraries load before they send is not there for it.
   *
   * @throws what `fetch` would, when there is no answer, and CommandFailure when it is not Sluice's
   */
  async isKeyKnown(): Promise<boolean | Trouble> {
    const { writeKey, target } = this.#options;
    const answer = await this.#ask(`/v1/projects/${encodeURIComponent(writeKey)}/settings`, 'GET', null);
    if (PASSING.has(answer.status)) return troubleOf(answer);
    if (answer.status === 404 && answer.text.includes('no source has the write key')) return false;
    if (answer.status === 200 && isJsonObject(jsonIn(answer.text))) return true;
    throw notSluice(answer, target, [
      'a proxy has to let through what tells whether a key is known, too: /v1/projects/',
    ]);
  }

  /** @throws CommandFailure when it is not there, or nobody has this key */
  async checkAtStart(): Promise<void> {
    const { target } = this.#options;
    const known = await this.isKeyKnown().catch((error: unknown) => {
      throw error instanceof CommandFailure ? error : unreached(error, target);
    });
    if (typeof known === 'object')
      throw new CommandFailure('unreachable', `the Sluice at ${target.url} ${known.reason}`);
    if (!known) throw unknownKey(target);
  }

  /** Resolves to whether the key is known to be one still; false when nobody answers now. @throws CommandFailure when not */
  async checkOnTheWay(): Promise<boolean> {
    const known = await this.isKeyKnown().catch((error: unknown) => {
      if (error instanceof CommandFailure) throw error;
      return null;
    });
    if (known === false) throw unknownKey(this.#options.target);
    return known === true;
  }

  /** The same, with patience. */
  async checkAtEnd(): Promise<void> {
    while (!(await this.checkOnTheWay())) {
      this.#lull.begin({ reason: 'does not answer', retryAfterMs: null });
      await this.#lull.over();
    }
    this.#lull.end();
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #troubleWith(body: string): Promise<Trouble | null> {
    let answer: Answered;
    try {
      answer = await this.#ask('/v1/import', 'POST', body);
    } catch (error) {
      return { reason: lostText(error), retryAfterMs: null };
    }
    if (answer.status === 200) {
      const said = jsonIn(answer.text);
      if (isJsonObject(said) && said.success === true) return null;
      throw notSluice(answer, this.#options.target);
    }
    if (PASSING.has(answer.status)) return troubleOf(answer);
    throw refusedBatch(answer, this.#options.target);
  }

  async #ask(path: string, method: 'GET' | 'POST', body: string | null): Promise<Answered> {
    const { target, writeKey } = this.#options;
    // Nothing says which program sends: of a device's source, Sluice would take it for the user's browser.
    const response = await request(`${target.url}${path}`, {
      ...{ method, body, dispatcher: this.#agent },
      headers: { authorization: `Basic ${btoa(`${writeKey}:`)}`, 'content-type': 'application/json' },
    });
    const text = await response.body.text();
    const asked = response.headers['retry-after'];
    const retryAfterMs = typeof asked === 'string' && /^\d{1,6}$/.test(asked) ? Number(asked) * 1_000 : null;
    return { status: response.statusCode, text, retryAfterMs };
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function troubleOf({ status, text, retryAfterMs }: Answered): Trouble {
  return { reason: `answers ${status}${saidIn(text)}`, retryAfterMs };
}

function saidIn(text: string): string {
  const said = jsonIn(text);
  const message = isJsonObject(said) && typeof said.message === 'string' ? said.message : text.trim();
  return message === '' ? '' : ` (${printable(message, ANSWER_CHARS_MAX)})`;
}

function lostText(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') return 'does not listen';
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'does not answer';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'cannot be reached';
  return `broke the connection (${printable(code === '' ? String(error) : code, ANSWER_CHARS_MAX)})`;
}

function unknownKey({ url }: Target): CommandFailure {
  return new CommandFailure('missing', `no source of the Sluice at ${url} has this write key: all would be dropped`, [
    'keys that there are: sluice sources list',
  ]);
}

function notSluice({ status, text }: Answered, { url }: Target, more: readonly string[] = []): CommandFailure {
  return new CommandFailure(
    'unreachable',
    `what answers at ${url} is not Sluice: it answered ${status}${saidIn(text)}`,
    ['is the URL complete, with the path below which a proxy has it?', ...more],
  );
}

function refusedBatch(answer: Answered, { url }: Target): CommandFailure {
  const { status, text } = answer;
  if (status === 413) {
    return new CommandFailure('failed', `a proxy before ${url} takes no body of half a megabyte (413)`, [
      'have it take 1 MB (nginx: client_max_body_size 1m), and run the same command again',
    ]);
  }
  if (status >= 300 && status < 400) return notSluice(answer, { url, token: null, tokenBy: null, urlBy: null });
  return new CommandFailure('failed', `the Sluice at ${url} refused a batch: ${status}${saidIn(text)}`);
}
