import { randomBytes } from 'node:crypto';
import type { Client } from '../../../contract/client.ts';
import type { Answer } from '../../../contract/operation.ts';
import type { Operations } from '../../../contract/operations.ts';
import { listenerUrlOf } from '../../../domain/listener-url.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { printable } from '../../printable.ts';

type Destination = Answer<Operations['getDestination']>;

export interface Wished {
  /** Of the listener. */
  readonly name: string;
  /** Id or name of the destination of which it gets what that gets, signed as that is. */
  readonly like: string | null;
  /** Ids of the sources that it gets instead; null for all. */
  readonly sources: readonly string[] | null;
  /** What signs; null to have one made. */
  readonly secret: string | null;
  /** Whether it stays when the program ends. */
  readonly isKept: boolean;
}

/** What a listener gets its requests from. */
export interface ListenerDestination {
  readonly id: string;
  readonly name: string;
  /** Goes with the program. */
  readonly isPassing: boolean;
  readonly isNew: boolean;
  /** Events that wait for it. */
  readonly waiting: number;
  /** What signs, where it was made here. */
  readonly madeSecret: string | null;
}

/** How long the program of a developer may take, a breakpoint included. */
const TIMEOUT_MS = 60_000;
/** As much as a developer's program gets at once. */
const CONCURRENCY = 16;
const PAGE = 200;

/** The name of one that goes with the program: by it, one that a crash left is known. */
function passingName(name: string): string {
  return `sluice listen ${name}`;
}

/** The destination that has the listener as its endpoint: the one that is there, or a new one. */
export async function destinationFor(client: Client, wished: Wished): Promise<ListenerDestination> {
  const found = await destinationWith(client, listenerUrlOf(wished.name));
  if (found !== null) {
    if (wished.like !== null || wished.sources !== null || wished.secret !== null)
      throw alreadyThere(found, wished.name);
    const isPassing = found.name === passingName(wished.name) && !wished.isKept;
    return { ...found, isPassing, isNew: false, waiting: found.owed?.waiting ?? 0, madeSecret: null };
  }
  const like = wished.like === null ? null : await destinationCalled(client, wished.like);
  const madeSecret = like === null && wished.secret === null ? `whsec_${randomBytes(24).toString('base64')}` : null;
  const secret = wished.secret ?? madeSecret;
  const sources = wished.sources ?? like?.sources ?? (await allSources(client));
  const { id, name } = await client.createDestination({
    ...(like === null ? {} : { query: { like: like.id } }),
    body: {
      name: wished.isKept ? `listener ${wished.name}` : passingName(wished.name),
      enabled: true,
      sources: [...sources],
      settings: { webhookUrl: listenerUrlOf(wished.name), ...(secret === null ? {} : { sharedSecret: secret }) },
      delivery: { success: 'any', retries: 20, backoffMs: 'durable', timeoutMs: TIMEOUT_MS, concurrency: CONCURRENCY },
    },
  });
  return { id, name, isPassing: !wished.isKept, isNew: true, waiting: 0, madeSecret };
}

function alreadyThere({ id, name }: Destination, listener: string): CommandFailure {
  return new CommandFailure('usage', `the listener ${listener} is of the destination ${printable(name)} already`, [
    `listen as it is: sluice listen ${listener} --forward-to URL`,
    `or under another name, or delete it first: sluice destinations delete ${printable(id)}`,
  ]);
}

async function destinationWith(client: Client, url: string): Promise<Destination | null> {
  for await (const { data } of client.pages.listDestinations({ query: { limit: PAGE } })) {
    const found = data.find(({ endpoints }) => endpoints.some((each) => each.url === url));
    if (found !== undefined) return found;
  }
  return null;
}

async function destinationCalled(client: Client, called: string): Promise<Destination> {
  const names: string[] = [];
  for await (const { data } of client.pages.listDestinations({ query: { limit: PAGE } })) {
    const found = data.find(({ id, name }) => id === called || name === called);
    if (found !== undefined) return found;
    names.push(...data.map(({ id }) => printable(id)));
  }
  throw new CommandFailure('missing', `there is no destination ${printable(called)}`, [
    names.length === 0 ? 'there is none at all' : `there are ${names.slice(0, 10).join(', ')}`,
  ]);
}

async function allSources(client: Client): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { data } of client.pages.listSources({ query: { limit: PAGE } }))
    ids.push(...data.map(({ id }) => id));
  return ids;
}
