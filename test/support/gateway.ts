import assert from 'node:assert/strict';
import { readMetrics } from './prometheus-text.ts';
import { openReceiver, type ReceivedRequest, type Receiver } from './receiver.ts';
import { SluiceProcess } from './sluice-process.ts';
import { sendWire, type WireAnswer, type WireRequest } from './wire.ts';

/** An event as a webhook gets it. */
export type Event = Readonly<Record<string, unknown>>;

/** More of what a Sluice is to have, given where its receiver is. */
export type More = (receiver: Receiver) => {
  readonly sources?: readonly object[];
  readonly destinations?: readonly object[];
};

export const SUCCESS = '{"success":true}';

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The header of a write key as most libraries write it. */
export const basic = (writeKey: string): string => `Authorization: Basic ${base64(`${writeKey}:`)}`;

/** The header of the source `app`. */
export const AS_APP = basic('wk_app');

/**
 * A Sluice with an endpoint behind it: what a test needs that sends bytes and looks at what comes of them, at the
 * webhook or among what was refused.
 *
 * There are the sources `app` and `other` (write keys `wk_app`, `wk_other`), whose events go to the receiver's `/hook`
 * one after the other, so that what is not there before a later event will not come; and `closed`, which is disabled.
 */
export class Gateway implements AsyncDisposable {
  readonly sluice: SluiceProcess;
  readonly receiver: Receiver;
  #marks = 0;

  static async open(more: More = () => ({})): Promise<Gateway> {
    const receiver = await openReceiver();
    const { sources = [], destinations = [] } = more(receiver);
    const hook = { id: 'hook', sources: ['app', 'other'], settings: { webhookUrl: receiver.url('/hook') } };
    const config = {
      network: { allow: ['127.0.0.0/8'] },
      storage: { reserve: '0B' },
      sources: [
        { id: 'app', writeKeys: ['wk_app'] },
        { id: 'other', writeKeys: ['wk_other'] },
        { id: 'closed', enabled: false, writeKeys: ['wk_closed'] },
        ...sources,
      ],
      destinations: [{ ...hook, delivery: { concurrency: 1 } }, ...destinations],
    };
    try {
      return new Gateway(await SluiceProcess.start({ config }), receiver);
    } catch (error) {
      await receiver.close();
      throw error;
    }
  }

  private constructor(sluice: SluiceProcess, receiver: Receiver) {
    this.sluice = sluice;
    this.receiver = receiver;
  }

  get url(): string {
    return this.sluice.url;
  }

  /** A text that no other call has, to be put into one and looked for at the receiver. */
  mark(): string {
    this.#marks += 1;
    return `mark-${this.#marks}`;
  }

  async send(request: WireRequest): Promise<WireAnswer> {
    return sendWire(this.url, request);
  }

  /** The first request with this mark in its body, as soon as it is there. */
  async request(mark: string, path = '/hook'): Promise<ReceivedRequest> {
    for (let seen = 1; ; seen += 1) {
      const found = (await this.receiver.count(seen))[seen - 1];
      if (found?.url === path && holds(found, mark)) return found;
    }
  }

  async event(mark: string, path?: string): Promise<Event> {
    return JSON.parse((await this.request(mark, path)).body) as Event;
  }

  /** Every request with this mark, of all that comes of what was sent so far. */
  async requests(mark: string): Promise<readonly ReceivedRequest[]> {
    const last = this.mark();
    await this.send({ headers: [AS_APP], body: track(last) });
    await this.request(last);
    return this.receiver.requests.filter((each) => holds(each, mark));
  }

  /**
   * Sends it, sees it answered with success, and answers the event that the webhook gets for it.
   *
   * @param exchange gets the mark that has to be in the call
   */
  async arrives(exchange: (mark: string) => WireRequest | Promise<WireAnswer>): Promise<Event> {
    const mark = this.mark();
    const made = exchange(mark);
    const answer = made instanceof Promise ? await made : await this.send(made);
    assert.deepEqual([answer.status, answer.body], [200, SUCCESS], answer.head);
    const { body } = await this.request(mark);
    assert.ok(!body.includes('"wk_'), 'no write key is forwarded');
    return JSON.parse(body) as Event;
  }

  /** Sends it, and sees it answered with success and refused for this reason, so many calls of it. */
  async refuses(reason: string, request: WireRequest, calls = 1): Promise<void> {
    const before = await this.refused(reason);
    const answer = await this.send(request);
    assert.deepEqual([answer.status, answer.body], [200, SUCCESS], answer.head);
    assert.equal(await this.refused(reason), before + calls, `refused as ${reason}`);
  }

  /** Sends it, and sees it answered with an error that every library understands. */
  async rejects(status: number, code: string, request: WireRequest): Promise<WireAnswer> {
    const answer = await this.send(request);
    assert.equal(answer.status, status, answer.head);
    const { success, ...told } = JSON.parse(answer.body) as Event;
    assert.deepEqual([success, told['code']], [false, code]);
    assert.ok(told['message'] !== '' && told['message'] === told['error']);
    return answer;
  }

  /** How many calls were refused for this reason so far, of whichever source. */
  async refused(reason: string): Promise<number> {
    const metrics = readMetrics(await (await fetch(`${this.url}/metrics`)).text());
    return metrics
      .series('sluice_calls_refused_total')
      .filter((series) => series.includes(`reason="${reason}"`))
      .reduce((sum, series) => sum + (metrics.value(series) ?? 0), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sluice.close();
    await this.receiver.close();
  }
}

/** A track call with this mark for its user and its message id, and whatever else is given. */
export function track(mark: string, more: object = {}): string {
  return JSON.stringify({ userId: mark, event: 'Sent', messageId: mark, ...more });
}

/** The same in a batch, with more of the item and of the envelope. */
export function batch(mark: string, item: object = {}, envelope: object = {}): string {
  const one = { type: 'track', userId: mark, event: 'Sent', messageId: mark };
  return JSON.stringify({ batch: [{ ...one, ...item }], ...envelope });
}

function holds({ body }: ReceivedRequest, mark: string): boolean {
  return body.includes(`"${mark}"`);
}
