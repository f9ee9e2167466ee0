import { openSqliteEventLog, type SqliteEventLog } from '../../src/adapters/sql/sqlite-event-log.ts';
import { type Exchange, NOTHING_TIMED } from '../../src/domain/attempt.ts';
import { DEFAULT_DELIVERY_POLICY, type DeliveryPolicy, type Destination } from '../../src/domain/destination.ts';
import type { NewEvent, Position } from '../../src/domain/event.ts';
import type { ReplaySlice } from '../../src/domain/replay.ts';
import { onlySecret } from '../../src/domain/secret-rotation.ts';
import { makeTurns } from '../../src/lib/turns.ts';
import { Dispatcher } from '../../src/pipeline/dispatch.ts';
import type { DeliveryStore } from '../../src/ports/delivery-store.ts';
import type { AttemptReport, EndpointReport, Telemetry } from '../../src/ports/telemetry.ts';
import type { WebhookRequest, WebhookTarget } from '../../src/ports/webhook-sender.ts';
import { DeliveryMemory } from './delivery-memory.ts';
import { Life, mortal, mortalAmbient } from './mortal.ts';
import { SimulatedAmbient } from './simulated-ambient.ts';

/** What a scripted endpoint answers: a status, a kind of failure, or, with `hang`, nothing until `release`. */
export type Behaviour = number | 'hang' | 'timeout' | 'untrusted' | 'refused';

/** A request that reached a scripted endpoint. */
export interface Sent {
  readonly url: string;
  readonly id: string;
  /** The `event` of its body; of a batch, those of all its events with spaces between them. */
  readonly name: string;
  readonly body: string;
  readonly target: WebhookTarget;
}

/**
 * The whole inside (log, delivery store, dispatcher, lanes) on simulated time, over SQLite, with endpoints that answer
 * as they are told. What a test needs that looks at deliveries without sockets or threads.
 */
export class Inside {
  readonly ambient = new SimulatedAmbient();
  readonly sent: Sent[] = [];
  readonly reports: AttemptReport[] = [];
  readonly died: { destination: string; eventId: string; reason: string }[] = [];
  readonly expired: { destination: string; count: number }[] = [];
  /** The destination of each event that its filter kept away. */
  readonly filtered: string[] = [];
  /** Endpoints that were held, paused or opened again. */
  readonly standings: EndpointReport[] = [];
  readonly troubles: string[] = [];
  readonly failures: unknown[] = [];
  /** What endpoints answer by what they are asked, in place of what `behave` says; null for that. */
  answer: ((url: string, name: string) => Behaviour) | null = null;
  /** The headers that endpoints answer with. */
  headers: Readonly<Record<string, string>> = {};
  /** Of the dispatcher that runs now: when it dies, nothing that it began goes on. */
  #life = new Life();
  readonly #behaviours = new Map<string, Behaviour[]>();
  readonly #hanging: { readonly url: string; readonly answer: (exchange: Exchange) => void }[] = [];
  readonly #disk = new DeliveryMemory();
  #inFlight = 0;
  /** Attempts in flight at most, of all endpoints together. */
  mostInFlight = 0;
  #events = 0;
  #inTurn = makeTurns();
  log!: SqliteEventLog;
  store!: DeliveryStore;
  dispatcher!: Dispatcher;

  static async start(destinations: readonly Destination[]): Promise<Inside> {
    const inside = new Inside();
    inside.log = await openSqliteEventLog({
      folder: ':memory:',
      ambient: inside.ambient,
      onFailure: (error) => inside.failures.push(error),
    });
    await inside.startDispatcher(destinations);
    return inside;
  }

  /** Opens the store and starts delivering: at first, and again after a stop. */
  async startDispatcher(destinations: readonly Destination[], replays: readonly ReplaySlice[] = []): Promise<void> {
    const life = new Life();
    this.#life = life;
    this.#inTurn = makeTurns();
    this.store = this.#disk.open(this.ambient.nowMs());
    this.dispatcher = new Dispatcher({
      node: 'test',
      log: mortal(this.log, life),
      store: mortal(this.store, life),
      openSender: (target) =>
        mortal({ send: async (request) => this.#send(target, request), close: async () => {} }, life),
      ambient: mortalAmbient(this.ambient, life),
      telemetry: this.#telemetry(),
      onFailure: (error) => this.failures.push(error),
    });
    await this.dispatcher.start({ destinations, replays, newFrom: (await this.log.extent()).end });
  }

  /** Changes the workspace. Resolves when lanes flow for it. */
  async update(destinations: readonly Destination[], replays: readonly ReplaySlice[] = []): Promise<void> {
    const { finished } = await this.begin(destinations, replays);
    await finished;
  }

  /** Begins a change, which finishes after those before it. */
  async begin(
    destinations: readonly Destination[],
    replays: readonly ReplaySlice[] = [],
  ): Promise<{ readonly isSafe: boolean; readonly finished: Promise<boolean> }> {
    const isSafe = await this.dispatcher.begin({ destinations, replays });
    return { isSafe, finished: this.#inTurn(async () => this.dispatcher.finish({ destinations, replays })) };
  }

  /** Kills the dispatcher where it is, with its attempts in flight, and starts another on the same log and store. */
  async crash(destinations: readonly Destination[], replays: readonly ReplaySlice[] = []): Promise<void> {
    this.#life.end();
    this.#disk.kill();
    this.#hanging.length = 0;
    this.#inFlight = 0;
    await this.startDispatcher(destinations, replays);
  }

  /** From now on this endpoint behaves so, once each, and as the last one for ever. */
  behave(url: string, ...behaviours: Behaviour[]): void {
    this.#behaviours.set(url, behaviours);
  }

  /** Answers all that hangs at this endpoint. Resolves when what follows from it has happened. */
  async release(url: string, status = 200): Promise<void> {
    const released = this.#hanging.filter((each) => each.url === url);
    for (const each of released) {
      this.#hanging.splice(this.#hanging.indexOf(each), 1);
      each.answer(exchange({ status, responseHeaders: this.headers }));
    }
    await this.ambient.advance(0);
  }

  /** Appends track calls of these event names, and lets what can happen at once happen. */
  async append(names: readonly string[], more: Partial<NewEvent> = {}): Promise<readonly Position[]> {
    const events = names.map((name): NewEvent => {
      this.#events += 1;
      const body = JSON.stringify({ version: 1, type: 'track', event: name });
      const messageId = `m${this.#events}`;
      return {
        ...{ source: 'web', type: 'track', messageId, name, user: 'u', integrations: null, body },
        ...{ receivedAtMs: this.ambient.nowMs(), ...more },
      };
    });
    const positions = await this.log.append(events);
    await this.settle();
    return [...positions];
  }

  /** Lets pass the few milliseconds in which outcomes are gathered and written. */
  async settle(): Promise<void> {
    await this.ambient.advance(20);
  }

  /** What a query of the delivery store's tables answers. */
  rows(query: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#disk.rows(query).map((row) => ({ ...row }));
  }

  /** State and reason of each delivery that ended and has a row of its own, in the order of the log. */
  finished(): readonly (readonly [state: string, reason: string | null])[] {
    const rows = this.#disk.rows('select state, reason from finished order by position, lane');
    return rows.map(({ state, reason }) => [String(state), typeof reason === 'string' ? reason : null]);
  }

  namesAt(url: string): readonly string[] {
    return this.sent.filter((each) => each.url === url).map(({ name }) => name);
  }

  async #send(target: WebhookTarget, request: WebhookRequest): Promise<Exchange> {
    this.#inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    const answered = await this.#answer(target, request);
    this.#inFlight -= 1;
    return answered;
  }

  async #answer(target: WebhookTarget, { id, body }: WebhookRequest): Promise<Exchange> {
    const parsed = JSON.parse(body) as { event: string } | readonly { event: string }[];
    const name = [parsed]
      .flat()
      .map(({ event }) => event)
      .join(' ');
    this.sent.push({ url: target.url, id, name, body, target });
    const script = this.#behaviours.get(target.url) ?? [200];
    const scripted = (script.length > 1 ? script.shift() : script[0]) ?? 200;
    const behaviour = this.answer?.(target.url, name) ?? scripted;
    if (behaviour === 'hang') {
      return new Promise((resolve) => this.#hanging.push({ url: target.url, answer: resolve }));
    }
    if (behaviour === 'timeout') {
      await new Promise<void>((resolve) => this.ambient.after(target.timeoutMs, resolve));
      return exchange({ error: { code: 'timeout', message: 'no answer' } });
    }
    if (behaviour === 'untrusted') return exchange({ error: { code: 'tls_untrusted', message: 'self-signed' } });
    if (behaviour === 'refused') return exchange({ error: { code: 'connection_refused', message: 'refused' } });
    return exchange({ status: behaviour, responseHeaders: this.headers });
  }

  #telemetry(): Telemetry {
    return {
      accepted: () => {},
      refused: () => {},
      attempted: (report) => this.reports.push(report),
      died: (destination, eventId, reason) => this.died.push({ destination, eventId, reason }),
      expired: (destination, count) => this.expired.push({ destination, count }),
      filtered: (destination) => this.filtered.push(destination),
      endpointChanged: (report) => this.standings.push(report),
      trouble: (what) => this.troubles.push(what),
    };
  }
}

function exchange(what: Partial<Exchange>): Exchange {
  return {
    status: null,
    error: null,
    durationMs: 3,
    requestHeaders: [],
    responseHeaders: {},
    excerpt: '',
    isCut: false,
    timing: NOTHING_TIMED,
    ...what,
  };
}

/** A destination of the source `web` with these endpoints. */
export function makeDestination(
  id: string,
  urls: readonly string[],
  delivery: Partial<DeliveryPolicy> = {},
  more: Partial<Destination> = {},
): Destination {
  return {
    ...{
      id,
      name: id,
      sources: ['web'],
      type: 'webhooks',
      enabled: true,
      ...onlySecret(null),
      tls: null,
      basic: null,
      origin: 'file',
    },
    endpoints: urls.map((url) => ({ url, headers: {}, auth: null })),
    delivery: { ...DEFAULT_DELIVERY_POLICY, ...delivery },
    ...more,
  };
}
