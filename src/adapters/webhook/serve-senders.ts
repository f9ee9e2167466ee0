import { assert } from '../../lib/assert.ts';
import { TurnGathering } from '../../lib/turn-gathering.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { OpenWebhookSender, WebhookSender } from '../../ports/webhook-sender.ts';
import {
  type EndedValue,
  isSends,
  packEnded,
  type SenderAnswer,
  type SenderAsk,
  ToldHeaders,
  unpackSends,
} from './sender-messages.ts';

/** A sender thread's end of its channel. */
export interface AskedPort {
  on(event: 'message', listener: (ask: SenderAsk) => void): unknown;
  postMessage(answer: SenderAnswer): void;
}

interface Served {
  readonly sender: WebhookSender;
  readonly told: ToldHeaders;
}

/**
 * The far end of a threaded sender, in its sender thread: opens, sends and closes as it is asked, and tells what ended in
 * one turn of the event loop in one message. Whatever throws here ends the thread.
 */
export function serveSenders(port: AskedPort, openSender: OpenWebhookSender, ambient: Pick<Ambient, 'soon'>): void {
  const open = new Map<number, Served>();
  const served = (sender: number): Served => {
    const found = open.get(sender);
    assert(found !== undefined, 'a sender is open from before its first request until after its last');
    return found;
  };
  const ended = new TurnGathering<EndedValue>(ambient, (values) => {
    port.postMessage(values);
  });
  const close = async (number: number): Promise<void> => {
    await served(number).sender.close();
    ended.flush();
    open.delete(number);
    port.postMessage({ kind: 'closed', sender: number });
  };
  port.on('message', (ask) => {
    if (isSends(ask)) {
      unpackSends(ask, (of, number, request) => {
        const { sender, told } = served(of);
        void sender.send(request).then((exchange) => {
          packEnded(ended.open(), number, exchange, told);
        });
      });
    } else if (ask.kind === 'open') open.set(ask.sender, { sender: openSender(ask.target), told: new ToldHeaders() });
    else void close(ask.sender);
  });
}
