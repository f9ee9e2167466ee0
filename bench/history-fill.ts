/**
 * Makes the data folder of a stopped Sluice one that has delivered for a day: by the stores themselves, because through
 * the network it would take a quarter of an hour. What is written is what a lane writes, in its portions.
 */
import { join } from 'node:path';
import { openSqliteDeliveryStore } from '../src/adapters/sql/delivery-store.ts';
import { openSqliteEventLog, type SqliteEventLog } from '../src/adapters/sql/sqlite-event-log.ts';
import type { AttemptRecord } from '../src/domain/attempt.ts';
import type { Finished } from '../src/domain/delivery.ts';
import type { NewEvent, Position } from '../src/domain/event.ts';
import { assert } from '../src/lib/assert.ts';
import { LATENCY_BUCKETS_MS, type Grant, type MinuteCount, type Settlement } from '../src/ports/delivery-store.ts';

/** What a folder is to look like. */
export interface Past {
  /** Id of the source whose events they are. */
  readonly source: string;
  readonly events: number;
  /** In the log before them: small ones of a source that has no destination, so that there are many in little time. */
  readonly others: { readonly source: string; readonly events: number };
  /** Each has an attempt at each of them at least. Ids of destinations with one lane. */
  readonly lanes: readonly { readonly id: string; readonly endpoint: string }[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** How many users and names of events there are, in turns. */
const PAST_USERS = 50_000;
const PAST_NAMES = 200;
/** Of so many deliveries one fails at first, and one is dead after two attempts. */
const FAILED_EVERY = 50;
const DEAD_EVERY = 1_000;
const PORTION = 1_000;
/** Of those that nobody gets. */
const OTHERS_PORTION = 10_000;
const RETRY_MS = 5_000;
const DURATION_MS = 20;

export function pastUserOf(index: number): string {
  return `user-${index % PAST_USERS}`;
}

export function pastNameOf(index: number): string {
  return `Event ${index % PAST_NAMES}`;
}

export function pastMessageIdOf(index: number): string {
  return `past-${index}`;
}

/** Answers how many attempts there are. The folder's Sluice must not run, and must have run once. */
export async function fillHistory(dataDir: string, past: Past): Promise<number> {
  const clock = { nowMs: () => past.toMs, soon: setImmediate as (act: () => void) => void };
  const onFailure = (error: unknown): void => {
    throw error;
  };
  const log = await openSqliteEventLog({ folder: join(dataDir, 'log'), ambient: clock, onFailure });
  const store = openSqliteDeliveryStore({ file: join(dataDir, 'delivery.db'), nowMs: past.toMs });
  try {
    const asked = past.lanes.map(({ id }) => ({ lane: id, startAt: 0 }));
    const grants = await store.hold('embedded', asked, Number.MAX_SAFE_INTEGER);
    await appendOthers(log, past);
    let attempts = 0;
    for (let first = 0; first < past.events; first += PORTION) {
      const indexes = Array.from({ length: Math.min(PORTION, past.events - first) }, (_, at) => first + at);
      const positions = await log.append(indexes.map((index) => eventOf(past, index)));
      const delivered = indexes.map((index, at) => ({ index, position: positions[at] ?? 0 }));
      const settlements = grants.map((grant, lane) => settlementOf(past, grant, lane, delivered));
      await store.settle(settlements);
      for (const settlement of settlements) attempts += settlement.attempts.length;
    }
    return attempts;
  } finally {
    await store.close();
    await log.close();
  }
}

/** While one portion is written, the next is made. */
async function appendOthers(log: SqliteEventLog, { others, fromMs }: Past): Promise<void> {
  let written: Promise<unknown> = Promise.resolve();
  for (let first = 0; first < others.events; first += OTHERS_PORTION) {
    const events = Array.from({ length: Math.min(OTHERS_PORTION, others.events - first) }, (_, at): NewEvent => {
      const messageId = `other-${first + at}`;
      const body = JSON.stringify({ type: 'track', messageId, event: 'Tick', anonymousId: 'nobody' });
      const seen = { receivedAtMs: fromMs, integrations: null, body };
      return { source: others.source, type: 'track', messageId, name: 'Tick', user: null, ...seen };
    });
    await written;
    written = log.append(events);
  }
  await written;
}

function atMsOf({ fromMs, toMs, events }: Past, index: number): number {
  return Math.floor(fromMs + ((toMs - fromMs) * index) / events);
}

function eventOf(past: Past, index: number): NewEvent {
  const [name, user, messageId] = [pastNameOf(index), pastUserOf(index), pastMessageIdOf(index)];
  const properties = { orderId: `order-${index}`, total: 27.5, currency: 'USD', note: 'x'.repeat(300) };
  const body = JSON.stringify({ type: 'track', messageId, event: name, userId: user, properties });
  const receivedAtMs = atMsOf(past, index);
  return { source: past.source, type: 'track', messageId, name, user, receivedAtMs, integrations: null, body };
}

interface Delivered {
  readonly index: number;
  readonly position: Position;
}

function settlementOf(past: Past, { term }: Grant, lane: number, delivered: readonly Delivered[]): Settlement {
  const to = past.lanes[lane];
  assert(to !== undefined, 'each of the lanes was granted, in this order');
  const { id, endpoint } = to;
  const finished: Finished[] = [];
  const attempts: AttemptRecord[] = [];
  for (const { index, position } of delivered) {
    const atMs = atMsOf(past, index);
    const turn = index + lane;
    const isDead = turn % DEAD_EVERY === 0;
    if (turn % FAILED_EVERY === 0) attempts.push(attemptOf(endpoint, position, { number: 1, atMs, isFailed: true }));
    const last = turn % FAILED_EVERY === 0 ? { number: 2, atMs: atMs + RETRY_MS } : { number: 1, atMs };
    attempts.push(attemptOf(endpoint, position, { ...last, isFailed: isDead }));
    finished.push({ position, state: isDead ? 'dead' : 'delivered', reason: isDead ? 'http_503' : null });
  }
  const [floor, atMs] = [delivered.at(-1)?.position ?? 0, attempts.at(-1)?.atMs ?? 0];
  const counts = [countOf(endpoint, atMs, delivered.length)];
  return { lane: id, term, floor, atMs, finished, parked: [], attempts, counts, expired: 0, paused: [] };
}

function attemptOf(
  endpoint: string,
  position: Position,
  { number, atMs, isFailed }: { readonly number: number; readonly atMs: number; readonly isFailed: boolean },
): AttemptRecord {
  const [outcome, status, exchange] = isFailed
    ? (['failed', 503, FAILURE] as const)
    : (['succeeded', 200, null] as const);
  const durationMs = DURATION_MS;
  return { positions: [position], endpoint, number, atMs, durationMs, outcome, status, errorCode: null, exchange };
}

function countOf(endpoint: string, atMs: number, count: number): MinuteCount {
  const latencyBuckets = new Uint32Array(LATENCY_BUCKETS_MS.length + 1);
  latencyBuckets[4] = count;
  return { minute: Math.floor(atMs / 60_000), endpoint, outcome: 'succeeded', latencyBuckets };
}

const FAILURE = JSON.stringify({
  message: null,
  requestHeaders: { 'user-agent': 'Sluice', 'content-type': 'application/json', 'x-signature': '•••' },
  responseHeaders: { 'content-type': 'text/html', 'retry-after': '120' },
  excerpt: `<html><body>${'no server is available to handle this request. '.repeat(10)}</body></html>`,
  isCut: false,
  timing: { dnsMs: null, connectMs: null, tlsMs: null, waitMs: 19.5, readMs: 0.5 },
});
