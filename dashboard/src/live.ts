import { useEffect, useRef, useState } from 'react';
import type { BinMessage, StreamMessage } from '../../src/contract/client.ts';
import type { Call } from '../../src/contract/client-calls.ts';
import type { Operations } from '../../src/contract/operations.ts';
import { client } from './api.ts';

export type { BinMessage, StreamMessage } from '../../src/contract/client.ts';
export type LiveQuery = NonNullable<Call<Operations['watch']>['query']>;

/** `live`: connected. `waiting`: it was lost, and is tried again. */
export type LiveState = 'connecting' | 'live' | 'waiting';

/** How often what came is shown: as often as one can read it. */
const SHOWN_EVERY_MS = 100;
const TRY_AGAIN_MS = [500, 1_000, 2_000, 5_000, 10_000];

/** One connection: what it goes on after, where there was one before, and what is told where the stream is. */
interface Connection {
  readonly query: { readonly lastEventId?: string };
  readonly signal: AbortSignal;
  readonly onPlace: (id: string) => void;
}

type Open<Message> = (connection: Connection) => AsyncIterable<Message>;

/**
 * The live stream, for as long as the component is there: messages are handed on in the order in which they came, a few
 * times a second, and after a connection was lost from where it was lost.
 *
 * @param asked null asks for nothing
 */
export function useLive(asked: LiveQuery | null, onMessages: (messages: readonly StreamMessage[]) => void): LiveState {
  return useMessages<StreamMessage>(asked === null ? null : JSON.stringify(asked), onMessages, (key) => {
    const filters = JSON.parse(key) as LiveQuery;
    return ({ query, ...rest }) => client.watch({ query: { ...filters, ...query }, ...rest });
  });
}

/** The same of what is sent to a request bin. */
export function useLiveBin(id: string, onMessages: (messages: readonly BinMessage[]) => void): LiveState {
  return useMessages<BinMessage>(
    id,
    onMessages,
    (bin) => (connection) => client.watchBin({ params: { id: bin }, ...connection }),
  );
}

/** @param key what is asked, anew when that is another; null for nothing */
function useMessages<Message>(
  key: string | null,
  onMessages: (messages: readonly Message[]) => void,
  openerOf: (key: string) => Open<Message>,
): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const latest = useRef({ onMessages, openerOf });
  useEffect(() => {
    latest.current = { onMessages, openerOf };
  });
  useEffect(() => {
    if (key === null) return;
    const over = new AbortController();
    let gathered: Message[] = [];
    const shown = setInterval(() => {
      if (gathered.length === 0) return;
      const messages = gathered;
      gathered = [];
      latest.current.onMessages(messages);
    }, SHOWN_EVERY_MS);
    void follow(latest.current.openerOf(key), {
      signal: over.signal,
      onState: setState,
      onMessage: (message) => gathered.push(message),
    });
    return () => {
      over.abort();
      clearInterval(shown);
    };
  }, [key]);
  return state;
}

interface Following<Message> {
  readonly signal: AbortSignal;
  readonly onState: (state: LiveState) => void;
  readonly onMessage: (message: Message) => void;
}

async function follow<Message>(open: Open<Message>, { signal, onState, onMessage }: Following<Message>): Promise<void> {
  let place = '';
  let failures = 0;
  const onPlace = (id: string): void => {
    onState('live');
    failures = 0;
    if (id !== '') place = id;
  };
  for (; !signal.aborted; failures += 1) {
    try {
      const query = place === '' ? {} : { lastEventId: place };
      for await (const message of open({ query, signal, onPlace })) onMessage(message);
    } catch {
      // Whatever it was, it is tried again; other questions of the page say what is wrong.
    }
    if (!isOver(signal)) onState('waiting');
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS[Math.min(failures, TRY_AGAIN_MS.length - 1)]));
  }
}

/** It changes while one waits, which the compiler does not see. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
