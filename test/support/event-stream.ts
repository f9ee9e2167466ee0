import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { assertMessage } from './contract.ts';
import { tokenOf } from './management-api.ts';
import type { SluiceProcess } from './sluice-process.ts';

/** One message of a stream of server-sent events. */
export interface StreamMessage {
  readonly event: string;
  readonly id: string;
  /** Parsed. */
  readonly data: Readonly<Record<string, unknown>>;
}

const COMES_WITHIN_MS = 10_000;

/** Reads a live stream, as the standard says that server-sent events are read. */
export class EventStream {
  readonly messages: StreamMessage[] = [];
  readonly response: IncomingMessage;
  /** As a browser remembers it. */
  lastEventId = '';
  isEnded = false;
  #wake: () => void = () => undefined;
  readonly #operation: 'watch' | 'watchBin';
  readonly #fields = { event: '', data: '', id: '' };

  /**
   * Resolves when the first bytes have come, which is when all that happens from now on is told.
   *
   * @param bin the request bin that is read; null for what happens to events
   */
  static async open(
    sluice: Pick<SluiceProcess, 'url' | 'dataDir'>,
    query = '',
    headers: Readonly<Record<string, string>> = {},
    bin: string | null = null,
  ): Promise<EventStream> {
    const path = bin === null ? '/stream' : `/bins/${bin}/stream`;
    const asked = request(`${sluice.url}/api/v1${path}?${query}`, {
      headers: { authorization: `Bearer ${tokenOf(sluice)}`, ...headers },
      agent: false,
    }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 200);
    const stream = new EventStream(response, bin === null ? 'watch' : 'watchBin');
    await stream.#until(() => stream.lastEventId !== '' || stream.messages.length > 0, 'an opening');
    return stream;
  }

  private constructor(response: IncomingMessage, operation: 'watch' | 'watchBin') {
    this.response = response;
    this.#operation = operation;
    let rest = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      // All three ends of a line count. One that is cut in two is looked at with what follows.
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) this.#read(line);
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      this.isEnded = true;
      this.#wake();
    });
  }

  /** The messages of this kind, as soon as there are so many. */
  async count(kind: string, count: number): Promise<readonly StreamMessage[]> {
    const found = (): readonly StreamMessage[] => this.messages.filter(({ event }) => event === kind);
    await this.#until(() => found().length >= count, `${count} of ${kind}`);
    return found();
  }

  /** Resolves as soon as it is so, looked at whenever a message came. */
  async until(isSo: () => boolean): Promise<void> {
    await this.#until(isSo, 'what is awaited');
  }

  async ended(): Promise<void> {
    await this.#until(() => this.isEnded, 'the end');
  }

  close(): void {
    this.response.destroy();
  }

  #read(line: string): void {
    const fields = this.#fields;
    if (line !== '') {
      const [, field = '', value = ''] = /^([^:]*): ?(.*)$/s.exec(line) ?? [];
      if (field === 'event' || field === 'id') fields[field] = value;
      if (field === 'data') fields.data += value;
      return;
    }
    const { event, data, id } = fields;
    this.lastEventId = id;
    if (data !== '') {
      const parsed = JSON.parse(data) as StreamMessage['data'];
      assertMessage(event, parsed, this.#operation);
      this.messages.push({ event, id, data: parsed });
    }
    [fields.event, fields.data] = ['', ''];
    this.#wake();
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + COMES_WITHIN_MS;
    while (!isSo()) {
      const leftMs = deadline - performance.now();
      assert.ok(leftMs > 0 && (!this.isEnded || what === 'the end'), `${what}, in ${JSON.stringify(this.messages)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
