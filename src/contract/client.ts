import type { z } from 'zod';
import { ApiError, apiErrorOf } from './api-error.ts';
import type { Call, Methods, Pages } from './client-calls.ts';
import { messagesIn } from './event-messages.ts';
import type { Shown } from './operation.ts';
import type { OperationId, Operations } from './operations.ts';
import { ROUTES } from './routes.ts';

export { ApiError } from './api-error.ts';

export interface ClientOptions {
  /** Where Sluice is: `https://sluice.example`, or the URL below which a proxy has it. */
  readonly url: string;
  /** An API token. A page that signed in needs none: its browser sends the cookie. */
  readonly token?: string;
  /** What a page that signed in sends with each change: `csrfToken` of the session, as it is now. */
  readonly csrfToken?: () => string | null;
  readonly fetch?: typeof fetch;
}

/** A message of an operation that tells what happens. There may come to be others. */
type MessageOf<Messages extends Readonly<Record<string, z.ZodType>>> = {
  readonly [Kind in keyof Messages]: {
    readonly kind: Kind;
    /** Going on after it is asked for by this. */
    readonly id: string;
    readonly data: Shown<Messages[Kind]>;
  };
}[keyof Messages];

/** A message of the live stream. */
export type StreamMessage = MessageOf<Operations['watch']['messages']>;
/** A message of the stream of a request bin. */
export type BinMessage = MessageOf<Operations['watchBin']['messages']>;

/** A message to whoever listens. */
export type ListenMessage = MessageOf<Operations['listen']['messages']>;

/** A call of what tells messages. @see Client.watch */
export type Watching<Id extends 'watch' | 'watchBin'> = Call<Operations[Id]> & {
  readonly onPlace?: (id: string) => void;
};

/** Everything that can be asked of the management API, typed by the schemas that it checks by. */
export type Client = Methods & {
  readonly pages: Pages;
  /**
   * What happens, as it happens, until the other side ends or `signal` does. It does not come back by itself: go on after
   * the last message that was seen with its id as `lastEventId`; or with what `onPlace` was told last, which comes while
   * nothing happens, too.
   */
  readonly watch: (asked?: Watching<'watch'>) => AsyncGenerator<StreamMessage, void>;
  /** The same of what is sent to a request bin. */
  readonly watchBin: (asked: Watching<'watchBin'>) => AsyncGenerator<BinMessage, void>;
  /** The same of requests to a listener, until another program takes its place. */
  readonly listen: (asked: Call<Operations['listen']>) => AsyncGenerator<ListenMessage, void>;
};

/**
 * A client of the management API. It has no schema in it, so that it is small in a browser: what is asked is checked by
 * the compiler and by the server, and what is answered is what the contract tests hold the server to.
 */
export function makeClient(options: ClientOptions): Client {
  const ids = Object.keys(ROUTES) as OperationId[];
  const methodOf = (id: OperationId) => async (asked?: AnyCall) => answerOf(await ask(options, id, asked));
  const pagesOf = (id: OperationId) => (asked?: AnyCall) => pages(methodOf(id), asked);
  // That each of them is what its type says follows from the table of operations, which this loop cannot see.
  return {
    ...(Object.fromEntries(ids.map((id) => [id, methodOf(id)])) as unknown as Methods),
    pages: Object.fromEntries(ids.map((id) => [id, pagesOf(id)])) as unknown as Pages,
    watch: (asked) => messagesOf(options, 'watch', asked) as AsyncGenerator<StreamMessage, void>,
    watchBin: (asked) => messagesOf(options, 'watchBin', asked) as AsyncGenerator<BinMessage, void>,
    listen: (asked) => messagesOf(options, 'listen', asked) as AsyncGenerator<ListenMessage, void>,
  };
}

type Values = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A call of any operation. */
interface AnyCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Values | undefined;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

async function ask(options: ClientOptions, id: OperationId, asked: AnyCall = {}): Promise<Response> {
  const [method = '', path = ''] = ROUTES[id].split(' ');
  const { params = {}, query = {}, body, signal } = asked;
  const { url, token, csrfToken, fetch: send = fetch } = options;
  const csrf = method === 'GET' ? null : (csrfToken?.() ?? null);
  const response = await send(`${url.replace(/\/+$/, '')}/api/v1${filled(path, params)}${textOf(query)}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(csrf === null ? {} : { 'x-csrf-token': csrf }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
    // Sluice never redirects: a token would go along to wherever that leads.
    redirect: 'manual',
  });
  if (!response.ok) throw await apiErrorOf(response);
  return response;
}

async function* messagesOf(
  options: ClientOptions,
  id: OperationId,
  asked?: AnyCall & { readonly onPlace?: (id: string) => void },
) {
  const response = await ask(options, id, asked);
  if (response.body !== null) yield* messagesIn(response.body, asked?.onPlace);
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiError(`unexpected answer ${response.status}: ${text.slice(0, 200)}`, {
      ...{ status: response.status, code: 'unexpected_answer' },
    });
  }
}

async function* pages(list: (asked?: AnyCall) => Promise<unknown>, asked: AnyCall = {}): AsyncGenerator<never, void> {
  let cursor: string | null | undefined;
  do {
    const query = cursor === undefined ? asked.query : { ...asked.query, cursor };
    const page = (await list({ ...asked, query })) as { readonly next: string | null };
    yield page as never;
    cursor = page.next;
  } while (cursor !== null);
}

/** @throws TypeError for an id that a URL cannot hold: it would ask for something else */
function filled(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name] ?? '';
    if (value === '' || value === '.' || value === '..') throw new TypeError(`\`${name}\` cannot be '${value}'`);
    return encodeURIComponent(value);
  });
}

function textOf(query: Values): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}
