import { blamesContent, type Exchange, judge } from '../../src/domain/attempt.ts';
import { type DeliveryPolicy, WEBHOOKS_NAMES } from '../../src/domain/destination.ts';
import { eventIdOf, type NewEvent, type Position, positionOf } from '../../src/domain/event.ts';
import { type Filter, makeFilter } from '../../src/domain/filter.ts';
import { isMeantFor } from '../../src/domain/integrations.ts';
import { endpointKeyOf, isOfOneEndpoint } from '../../src/domain/lane-plan.ts';
import type { Settlement } from '../../src/ports/delivery-store.ts';
import type { WebhookRequest, WebhookTarget } from '../../src/ports/webhook-sender.ts';
import type { SimulatedAmbient } from '../support/simulated-ambient.ts';
import { CONCURRENCY, type GateWitness, HELD, RATE } from './gate-witness.ts';
import { destinationOf, PauseWitness } from './pause-witness.ts';

/** An event as it became durable. */
export interface StoredEvent {
  readonly event: NewEvent;
  readonly position: Position;
  /** By elapsed time. */
  readonly atMs: number;
  /** Its sender means it for webhooks. */
  readonly isMeant: boolean;
}

/** What one destination's endpoints saw of one event. */
interface Seen {
  readonly requestsByUrl: Map<string, number>;
  readonly successesByUrl: Map<string, number>;
  firstSuccessAtMs: number | null;
  /** An endpoint has said that no retry will help. */
  isRejected: boolean;
  /** It was in a batch that may have been split. */
  isSplit: boolean;
}

/** A destination, by what comes or by a replay: each owes its own. */
interface Recipient {
  readonly destination: string;
  readonly replay: string | null;
  readonly key: string;
}

/** By what deliveries of a destination, or of a replay to it, are asked for. */
export function recipientOf(destination: string, replay: string | null): string {
  return replay === null ? destination : `${destination}@${replay}`;
}

/** Names of further headers. */
const RETRIES = 'X-Retries';
const ORDER = 'X-Order';
const SOLE = 'X-Sole';

/** What the static headers of each of so many simulated endpoints say. */
export function expectations(policy: DeliveryPolicy, endpoints: number): Record<string, string> {
  const { concurrency, retries, rateLimitPerSecond, circuitBreaker, order, success } = policy;
  const isSole = endpoints === 1 || success === 'every';
  return {
    [CONCURRENCY]: String(concurrency),
    [RETRIES]: String(retries),
    [RATE]: String(rateLimitPerSecond),
    [HELD]: String(circuitBreaker),
    // Where several share a delivery, one may get it after another has let the next one begin.
    [ORDER]: isSole ? order : 'none',
    [SOLE]: String(isSole),
  };
}

const FILTERS: Readonly<Record<string, Filter>> = {
  d0: { names: { exclude: ['E2', 'E3', 'E7'] } },
  d1: { types: { include: ['track', 'screen'] } },
};

/** A destination's filter, the same for as long as it lives: otherwise nobody could say what it was owed. */
export function filterOf(destination: string): Filter {
  return FILTERS[destination] ?? {};
}

/** `https://<destination>.example/<number>` */
export function urlOf(destination: string, number: number): string {
  return `https://${destination}.example/${number}`;
}

/**
 * Sees what really happens, from outside: what became durable, what the endpoints got and answered. Notes each promise
 * that was broken, and what happened in which order, so that two runs of a seed can be compared.
 */
export class Witness {
  /** Promises that were broken, in the order in which it was seen. */
  readonly broken: string[] = [];
  readonly trace: string[] = [];
  readonly pauses = new PauseWitness();
  readonly stored: StoredEvent[] = [];
  readonly #ambient: SimulatedAmbient;
  readonly #forgets: boolean;
  readonly #keys = new Set<string>();
  readonly #storedByPosition = new Map<Position, StoredEvent>();
  /** Of the body that was stored. */
  readonly #positionByBody = new Map<string, Position>();
  readonly #bodyByBatch = new Map<string, string>();
  readonly #seen = new Map<string, Seen>();
  /** Deliveries whose end is in the store. */
  readonly #ended = new Set<string>();
  /** Destinations whose endpoints shared deliveries that each had had for itself: retries may begin anew. */
  readonly #merged = new Set<string>();
  /** Destinations whose policy is no longer the one that they began with. */
  readonly #changed = new Set<string>();
  /** Endpoints that a destination did without for a while: what they took meanwhile, or before, is forgotten. */
  readonly #removed = new Set<string>();
  /** By endpoint and user: the newest position that the endpoint took. */
  readonly #newestTaken = new Map<string, Position>();
  epoch = 0;
  /** After a crash, or a stop that cut attempts off, what was in flight comes again. */
  mayRepeat = false;
  /** A process was stopped, cleanly or not. */
  hasStopped = false;
  /** Lanes of replays share gates with others. */
  hasReplays = false;

  /** @param forgets the log is pruned, and knows nothing any more of what it has forgotten */
  constructor(ambient: SimulatedAmbient, { forgets }: { readonly forgets: boolean }) {
    this.#ambient = ambient;
    this.#forgets = forgets;
  }

  note(what: string): void {
    this.trace.push(`${this.#ambient.elapsedMs()} ${what}`);
  }

  breach(what: string): void {
    this.note(`BROKEN ${what}`);
    this.broken.push(what);
  }

  /** To be told of each event that is durable: by the log when it answers, and by its tail, whichever is first. */
  readonly onStored = (events: readonly NewEvent[], positions: Float64Array | readonly Position[]): void => {
    for (const [index, event] of events.entries()) {
      const position = positions[index]!;
      if (position === 0 || this.#storedByPosition.has(position)) continue;
      const isMeant = isMeantFor(event.integrations, WEBHOOKS_NAMES);
      const stored = { event, position, atMs: this.#ambient.elapsedMs(), isMeant };
      this.stored.push(stored);
      this.#storedByPosition.set(position, stored);
      this.#positionByBody.set(event.body, position);
      const key = keyOf(event.source, event.messageId);
      if (this.#keys.has(key) && !this.#forgets) this.breach(`${key} is in the log twice`);
      this.#keys.add(key);
      this.note(`stored ${position} ${event.messageId}`);
      if (JSON.stringify(JSON.parse(event.body)) !== event.body)
        this.breach(`the body of ${position} changes when it is parsed and stringified`);
    }
  };

  isStored(source: string, messageId: string): boolean {
    return this.#keys.has(keyOf(source, messageId));
  }

  /** The store has this. Its outcomes are known for good, if nothing takes them back. */
  settled({ lane, floor, finished, parked }: Settlement): void {
    this.note(`settle ${lane} to ${floor}, ${finished.length} finished, ${parked.length} parked`);
    // Where one endpoint of several gave up, the delivery goes on when they share it again.
    const isShared = !isOfOneEndpoint(lane);
    for (const { position, state } of finished)
      if (isShared || state === 'delivered') this.#ended.add(`${lane} ${position}`);
  }

  /** What was settled of late may be taken back. */
  powerCut(): void {
    this.note('power cut');
    this.mayRepeat = true;
    this.#ended.clear();
  }

  /** The endpoints of a destination share their deliveries from now on. */
  merged(destination: string): void {
    this.#merged.add(destination);
  }

  /** A destination's policy is another from now on. */
  changed(destination: string): void {
    this.#changed.add(destination);
  }

  /** A destination has this endpoint no more. */
  removed(destination: string, url: string): void {
    this.#removed.add(url);
    this.pauses.ended(url);
    const lane = `${destination}/${endpointKeyOf(url)} `;
    for (const ended of this.#ended) if (ended.startsWith(lane)) this.#ended.delete(ended);
  }

  /** Whether an event of its sources is a destination's: its sender means it for webhooks, and no filter keeps it back. */
  isFor(destination: string, { event, isMeant }: StoredEvent): boolean {
    return isMeant && (makeFilter(filterOf(destination))?.(event) ?? true);
  }

  /** A process opened a sender. */
  opened(target: WebhookTarget, gate: GateWitness): SenderWitness {
    return new SenderWitness(this, target, gate);
  }

  /** A request whose process died before it heard of the end. */
  unheard({ url }: WebhookTarget, request: WebhookRequest): void {
    this.note(`unheard ${url} ${this.#positionsOf(request).join()}`);
  }

  /** When any endpoint of the destination first took it; null when none has. */
  deliveredAtMs(destination: string, position: Position): number | null {
    return this.#seen.get(`${destination} ${position}`)?.firstSuccessAtMs ?? null;
  }

  /** How many requests of an event reached the endpoint of the destination that got most of them. */
  requests(destination: string, position: Position): number {
    return Math.max(0, ...(this.#seen.get(`${destination} ${position}`)?.requestsByUrl.values() ?? []));
  }

  /** The same, and how many reached all its endpoints together; or both of one endpoint alone. */
  requestsOf(destination: string, url: string | null, position: Position): readonly [most: number, all: number] {
    const byUrl = [...(this.#seen.get(`${destination} ${position}`)?.requestsByUrl ?? [])];
    const counts = byUrl.filter(([each]) => url === null || each === url).map(([, count]) => count);
    return [Math.max(0, ...counts), counts.reduce((sum, count) => sum + count, 0)];
  }

  /** It may have been asked for more often than there are rounds, in parts of a batch. */
  isSplit(destination: string, position: Position): boolean {
    return this.#seen.get(`${destination} ${position}`)?.isSplit === true;
  }

  /** Whether an endpoint of the destination took an event: any one, or that of a URL. */
  hasTaken(destination: string, url: string | null, position: Position): boolean {
    const seen = this.#seen.get(`${destination} ${position}`);
    return url === null ? seen?.firstSuccessAtMs != null : (seen?.successesByUrl.get(url) ?? 0) > 0;
  }

  /** @internal */
  sent(recipient: Recipient, target: WebhookTarget, request: WebhookRequest): void {
    const { url } = target;
    const positions = this.#positionsOf(request);
    this.note(`sent ${url} ${positions.join()}`);
    if (this.pauses.has(url)) this.breach(`${url} got ${positions.join()} while it was paused`);
    this.#checkBody(url, request, positions);
    for (const position of positions) this.#checkSent(recipient, target, position);
  }

  #checkBody(url: string, { id, body }: WebhookRequest, positions: readonly Position[]): void {
    const bodies = positions.map((position) => this.#storedByPosition.get(position)?.event.body ?? '?');
    const [first = NaN] = positions;
    if (body !== (isBatch(body) ? `[${bodies.join()}]` : bodies[0]))
      this.breach(`${url} got other bytes than were stored of ${positions.join()}`);
    if (positions.length === 1 ? id !== eventIdOf(this.epoch, first) : !id.startsWith('bat_'))
      this.breach(`${url} got ${id} for ${positions.join()}`);
    if (positions.some((position, index) => index > 0 && position <= positions[index - 1]!))
      this.breach(`${url} got ${positions.join()} out of the order of the log`);
    const before = this.#bodyByBatch.get(id) ?? body;
    if (positions.length > 1 && before !== body) this.breach(`${url} got other events than before under ${id}`);
    this.#bodyByBatch.set(id, body);
  }

  #checkSent({ destination, replay, key }: Recipient, { url, headers }: WebhookTarget, position: Position): void {
    const stored = this.#storedByPosition.get(position);
    if (stored === undefined) {
      this.breach(`${url} got ${position}, which the log never held`);
      return;
    }
    const lanes = [destination, `${destination}/${endpointKeyOf(url)}`].map((lane) => recipientOf(lane, replay));
    if (lanes.some((lane) => this.#ended.has(`${lane} ${position}`)))
      this.breach(`${url} got ${position} after its end was settled`);
    if (!this.isFor(destination, stored))
      this.breach(`${url} got ${position}, which its sender or a filter keeps back`);
    const seen = this.#seenOf(key, position);
    const requests = (seen.requestsByUrl.get(url) ?? 0) + 1;
    seen.requestsByUrl.set(url, requests);
    // A round of several endpoints of which one had its turn, and another had not when the process stopped, begins anew;
    // so does one whose lane stopped while attempts of other lanes had the other's slots.
    const isCutOff = (this.hasStopped || this.hasReplays) && headers[SOLE] !== 'true';
    const mayRepeat = this.mayRepeat || isCutOff || seen.isSplit || this.#merged.has(destination);
    if (!mayRepeat && requests > 1 + Number(headers[RETRIES]))
      this.breach(`${url} got ${position} ${requests} times, which is more than its retries`);
  }

  /** @internal */
  answered(recipient: Recipient, target: WebhookTarget, request: WebhookRequest, exchange: Exchange): void {
    const positions = this.#positionsOf(request);
    this.note(`answered ${target.url} ${positions.join()} ${exchange.status ?? exchange.error?.code}`);
    const isSplit = positions.length > 1 && blamesContent(exchange.status);
    for (const position of positions) {
      const seen = this.#seenOf(recipient.key, position);
      if (judge(exchange) === 'rejected') seen.isRejected = true;
      // The same attempt is made again in halves, and spends nothing. Of several endpoints each may have to agree.
      if (isSplit && target.headers[SOLE] !== 'true') seen.isSplit = true;
      else if (isSplit) seen.requestsByUrl.set(target.url, (seen.requestsByUrl.get(target.url) ?? 0) - 1);
      if (exchange.status !== null && exchange.status >= 200 && exchange.status <= 299)
        this.#taken(recipient, target, position, seen);
    }
  }

  #taken(recipient: Recipient, target: WebhookTarget, position: Position, seen: Seen): void {
    const { url } = target;
    seen.firstSuccessAtMs ??= this.#ambient.elapsedMs();
    const successes = (seen.successesByUrl.get(url) ?? 0) + 1;
    seen.successesByUrl.set(url, successes);
    if (successes === 1) this.#checkOrder(recipient, target, position, seen);
    if (!this.mayRepeat && !this.#removed.has(url) && successes > 1)
      this.breach(`${url} took ${position} ${successes} times`);
  }

  /** Of the events in a request; NaN for what was never stored. */
  #positionsOf({ id, body }: WebhookRequest): readonly Position[] {
    if (!isBatch(body)) return [this.positionOf(id)];
    const items = JSON.parse(body) as readonly unknown[];
    return items.map((item) => this.#positionByBody.get(JSON.stringify(item)) ?? NaN);
  }

  /** Of a user's events a later one may be taken first only where the earlier one was given up. */
  #checkOrder(
    { destination, replay }: Recipient,
    { url, headers }: WebhookTarget,
    position: Position,
    seen: Seen,
  ): void {
    const { event } = this.#storedByPosition.get(position)!;
    if (headers[ORDER] !== 'user' || event.user === null || this.#changed.has(destination)) return;
    // What a lane gave up for the log's sake may come after all, when it stops before that is settled.
    if (this.#forgets) return;
    const key = `${recipientOf(url, replay)} ${event.user}`;
    const newest = this.#newestTaken.get(key) ?? 0;
    const attemptsBefore = (seen.requestsByUrl.get(url) ?? 0) - 1;
    const wasGivenUp = seen.isRejected || attemptsBefore > Number(headers[RETRIES]);
    if (position < newest && !wasGivenUp)
      this.breach(`${url} took ${position} of ${event.user} after ${newest}, which came later`);
    this.#newestTaken.set(key, Math.max(newest, position));
  }

  /** @internal */
  positionOf(eventId: string): Position {
    return positionOf(this.epoch, eventId) ?? NaN;
  }

  #seenOf(destination: string, position: Position): Seen {
    const key = `${destination} ${position}`;
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      seen = {
        requestsByUrl: new Map(),
        successesByUrl: new Map(),
        firstSuccessAtMs: null,
        isRejected: false,
        isSplit: false,
      };
      this.#seen.set(key, seen);
    }
    return seen;
  }
}

/** What one sender of one process sends to one endpoint. */
export class SenderWitness {
  readonly #witness: Witness;
  readonly #target: WebhookTarget;
  readonly #recipient: Recipient;
  readonly #gate: GateWitness;

  constructor(witness: Witness, target: WebhookTarget, gate: GateWitness) {
    this.#witness = witness;
    this.#target = target;
    this.#gate = gate;
    const destination = destinationOf(target.url);
    this.#recipient = { destination, replay: target.replay, key: recipientOf(destination, target.replay) };
  }

  sent(request: WebhookRequest): void {
    for (const wrong of this.#gate.sent(request)) this.#witness.breach(`${this.#target.url}: ${wrong}`);
    this.#witness.sent(this.#recipient, this.#target, request);
  }

  answered(request: WebhookRequest, exchange: Exchange): void {
    this.#gate.answered(request, exchange);
    this.#witness.answered(this.#recipient, this.#target, request, exchange);
  }
}

function isBatch(body: string): boolean {
  return body.startsWith('[');
}

function keyOf(source: string, messageId: string): string {
  return `${source} ${messageId}`;
}
