import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Exchange, NOTHING_TIMED } from '../../domain/attempt.ts';
import type { WebhookRequest, WebhookTarget } from '../../ports/webhook-sender.ts';
import {
  type EndedValue,
  isSends,
  packEnded,
  type SenderAnswer,
  type SenderAsk,
  ToldHeaders,
  unpackSends,
} from './sender-messages.ts';
import { AT_HOME_MAX } from './thread-choice.ts';
import { makeOpenThreadedSender } from './threaded-sender.ts';

const TARGET: WebhookTarget = {
  ...{ url: 'https://hooks.example/', method: 'POST', headers: {}, replay: null, timeoutMs: 1_000 },
  ...{ sharedSecret: null, nextSecret: null, tls: null },
};
const REQUEST: WebhookRequest = { id: 'evt_1', body: '{}', atMs: 1_767_225_600_000 };
const EXCHANGE: Exchange = {
  ...{ status: 200, error: null, durationMs: 1, timing: NOTHING_TIMED },
  ...{ requestHeaders: [], responseHeaders: {}, excerpt: '', isCut: false },
};

/** A sender thread that does what a test says. */
class Thread {
  readonly asks: SenderAsk[] = [];
  #listener: (answer: SenderAnswer) => void = () => undefined;

  postMessage(ask: SenderAsk): void {
    this.asks.push(ask);
  }

  on(_event: 'message', listener: (answer: SenderAnswer) => void): void {
    this.#listener = listener;
  }

  answer(answer: SenderAnswer): void {
    this.#listener(answer);
  }

  /** Ids of the requests of each message. */
  get sent(): readonly (readonly string[])[] {
    return this.asks.filter(isSends).map((ask) => {
      const ids: string[] = [];
      unpackSends(ask, (_sender, _number, { id }) => ids.push(id));
      return ids;
    });
  }

  /** Ends all that it was sent, in one message. */
  endAll(): void {
    const ended: EndedValue[] = [];
    for (const ask of this.asks.filter(isSends)) {
      unpackSends(ask, (_sender, number) => {
        packEnded(ended, number, EXCHANGE, new ToldHeaders());
      });
    }
    this.answer(ended);
  }
}

function scene(count: number) {
  const threads = Array.from({ length: count }, () => new Thread());
  const soon: (() => void)[] = [];
  const open = makeOpenThreadedSender(threads, { soon: (run) => soon.push(run) });
  const turn = (): void => {
    for (const run of soon.splice(0)) run();
  };
  const send = (sender: ReturnType<typeof open>, ...ids: readonly string[]): Promise<Exchange>[] =>
    ids.map(async (id) => sender.send({ ...REQUEST, id }));
  return { threads, open, turn, send };
}

describe('a threaded sender', () => {
  it('hands over in one message what is sent in one turn, whoever sends it', async () => {
    const { threads, open, turn, send } = scene(1);
    const [one, other] = [open(TARGET), open(TARGET)];
    const sending = [...send(one, 'a', 'b'), ...send(other, 'c')];
    assert.deepEqual(threads[0]?.sent, []);
    turn();
    sending.push(...send(one, 'd'));
    turn();
    assert.deepEqual(threads[0].sent, [['a', 'b', 'c'], ['d']]);
    threads[0].endAll();
    assert.deepEqual(await Promise.all(sending), [EXCHANGE, EXCHANGE, EXCHANGE, EXCHANGE]);
  });

  it('is opened in a thread before its first request there, and in no other', () => {
    const { threads, open, turn, send } = scene(2);
    const sender = open(TARGET);
    assert.deepEqual(
      threads.map(({ asks }) => asks),
      [[], []],
    );
    void send(sender, 'a', 'b');
    turn();
    const kinds = threads.map(({ asks }) => asks.map((ask) => (isSends(ask) ? 'sends' : ask.kind)));
    assert.deepEqual(kinds, [[], ['open', 'sends']]);
  });

  it('has a home of its own in turn, and uses the others for what is more', () => {
    const { threads, open, turn, send } = scene(2);
    const [one, other] = [open(TARGET), open(TARGET)];
    void send(one, ...Array.from({ length: AT_HOME_MAX + 4 }, (_, index) => `one${index}`));
    void send(other, 'other');
    turn();
    const sent = threads.map((thread) => thread.sent.flat());
    assert.deepEqual(
      sent.map(({ length }) => length),
      [5, AT_HOME_MAX],
    );
    assert.deepEqual(sent[0]?.at(-1), 'other');
  });

  it('goes home again when what was in flight there has ended', async () => {
    const { threads, open, turn, send } = scene(2);
    const sender = open(TARGET);
    const sending = send(sender, ...Array.from({ length: 2 * AT_HOME_MAX }, (_, index) => `first${index}`));
    turn();
    for (const thread of threads) thread.endAll();
    await Promise.all(sending);
    void send(sender, 'second');
    turn();
    assert.deepEqual(threads[1]?.sent.at(-1), ['second']);
  });

  it('hands over what it has before it closes, and is closed when every thread has closed it', async () => {
    const { threads, open, send } = scene(2);
    const sender = open(TARGET);
    const sending = send(sender, ...Array.from({ length: AT_HOME_MAX + 1 }, (_, index) => `${index}`));
    let isClosed = false;
    const closing = Promise.all([sender.close(), sender.close()]).then(() => (isClosed = true));
    for (const { asks } of threads)
      assert.deepEqual(
        asks.map((ask) => (isSends(ask) ? 'sends' : ask.kind)),
        ['open', 'sends', 'close'],
      );
    threads[1]?.answer({ kind: 'closed', sender: 1 });
    for (const thread of threads) thread.endAll();
    await Promise.all(sending);
    assert.equal(isClosed, false);
    threads[0]?.answer({ kind: 'closed', sender: 1 });
    await closing;
  });

  it('that was never used is closed without a word to anybody', async () => {
    const { threads, open } = scene(2);
    const sender = open(TARGET);
    await sender.close();
    assert.equal((await sender.send(REQUEST)).error?.code, 'internal');
    assert.deepEqual(
      threads.map(({ asks }) => asks),
      [[], []],
    );
  });
});
