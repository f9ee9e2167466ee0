import { Agent, request } from 'undici';
import type { SluiceProcess } from './sluice-process.ts';

/** Of a call, by the id that it was sent with: from 0. */
export const numberOf = (id: string): number => Number(id.replace('crash-', ''));

/**
 * Libraries that send to a server which dies now and then. Like the official ones, each sends a call again, with the
 * same message id, until it gets its 200; and sends its next call then.
 *
 *     up(url) ──▶ sending ──down()──▶ waiting ──up(url)──▶ sending …
 *
 * An answer other than 200, or a connection that fails while the server should be up, is no crash but a fault, and
 * fails `finish` and `acknowledgedMore`.
 */
export class CrashLoad {
  /** Message ids of calls that got their 200. */
  readonly acknowledged = new Set<string>();
  readonly #writeKey: string;
  readonly #senders: Promise<void>[];
  readonly #failed: Promise<never>;
  #server = Promise.withResolvers<Server>();
  #current: Server | null = null;
  #sent = 0;
  #isFinishing = false;
  #watch: { readonly count: number; readonly reached: () => void } | null = null;

  constructor(writeKey: string, senders: number) {
    this.#writeKey = writeKey;
    this.#senders = Array.from({ length: senders }, async () => this.#sendOn());
    this.#failed = Promise.all(this.#senders).then(async () => new Promise<never>(() => undefined));
    // Whoever waits is told; a fault while nobody waits is told to the next who does.
    this.#failed.catch(() => undefined);
  }

  /** Calls begun so far: whichever begins from now on is `crash-<begun>` or later. */
  get begun(): number {
    return this.#sent;
  }

  /** Calls that began at `from` or later, and before `until`, were acknowledged, and are not among those that came. */
  missing(came: ReadonlySet<string>, from = 0, until = Infinity): readonly string[] {
    return [...this.acknowledged].filter((id) => {
      const number = numberOf(id);
      return number >= from && number < until && !came.has(id);
    });
  }

  /** Those that came although they began at `from` or later. */
  begunFrom(from: number, came: ReadonlySet<string>): readonly string[] {
    return [...came].filter((id) => numberOf(id) >= from);
  }

  up(url: string): void {
    this.#current = { url, agent: new Agent({ connections: this.#senders.length }) };
    this.#server.resolve(this.#current);
  }

  /** From now on failures are the crash's. Call it before the crash. */
  down(): void {
    const { agent } = this.#current ?? {};
    this.#current = null;
    this.#server = Promise.withResolvers<Server>();
    agent?.destroy().catch(() => undefined);
  }

  /** Resolves as soon as so many more calls were acknowledged. */
  async acknowledgedMore(count: number): Promise<void> {
    const reached = new Promise<void>((resolve) => {
      this.#watch = { count: this.acknowledged.size + count, reached: resolve };
    });
    await Promise.race([reached, this.#failed]);
  }

  /** Starts no more calls. Resolves when all that were started are acknowledged. Once more does nothing. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    await Promise.all(this.#senders);
    const { agent } = this.#current ?? {};
    this.#current = null;
    await agent?.close();
  }

  async #sendOn(): Promise<void> {
    while (!this.#isFinishing) {
      const messageId = `crash-${this.#sent++}`;
      while (!(await this.#send(messageId)));
      this.acknowledged.add(messageId);
      if (this.acknowledged.size === this.#watch?.count) this.#watch.reached();
    }
  }

  /** Answers false when the server died over it. */
  async #send(messageId: string): Promise<boolean> {
    const server = await this.#server.promise;
    try {
      const { statusCode, body } = await request(`${server.url}/v1/track`, {
        method: 'POST',
        dispatcher: server.agent,
        headers: { authorization: `Basic ${btoa(`${this.#writeKey}:`)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ messageId, userId: `user-${messageId.slice(-2)}`, event: 'Crashed into' }),
      });
      const text = await body.text();
      if (statusCode !== 200) throw new Error(`${messageId} was answered ${statusCode} ${text}`);
      return true;
    } catch (error) {
      if (this.#current === server) throw new Error(`${messageId} failed while the server was up`, { cause: error });
      return false;
    }
  }
}

interface Server {
  readonly url: string;
  readonly agent: Agent;
}

/** Sends so many calls that are acknowledged, kills Sluice meanwhile, starts it again and sends as many more. */
export async function loadOverKill(
  sluice: SluiceProcess,
  { writeKey, senders, calls }: { readonly writeKey: string; readonly senders: number; readonly calls: number },
): Promise<ReadonlySet<string>> {
  const load = new CrashLoad(writeKey, senders);
  load.up(sluice.url);
  await load.acknowledgedMore(calls);
  load.down();
  await sluice.kill9();
  await sluice.restart();
  load.up(sluice.url);
  await load.acknowledgedMore(calls);
  await load.finish();
  return load.acknowledged;
}
