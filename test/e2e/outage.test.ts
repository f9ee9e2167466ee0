/**
 * An endpoint that dies, hangs, and comes back, for real: a process of Sluice, sockets, a steady stream of events to two
 * destinations, and ten minutes of it in the long form (`SLUICE_TEST_LONG=1`). In the short one it is as long as the
 * breaker needs to open and to be asked twice.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setInterval as every } from 'node:timers/promises';
import { PROBE_MS_MAX, PROBE_MS_MIN } from '../../src/pipeline/circuit-breaker.ts';
import { SLOTS_AT_FIRST } from '../../src/pipeline/slots.ts';
import { openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { lastingPort, SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

/** How long the endpoint refuses connections, and then how long it hangs, at least. */
const DEAD_MS = process.env['SLUICE_TEST_LONG'] === '1' ? 300_000 : 0;
/** An event is sent every so often. */
const PERIOD_MS = 20;
const TIMEOUT_MS = 1_000;
/** What the other endpoint is sent at once, to know how fast events can be delivered here. */
const BURST_EVENTS = 2_000;
/** What a delivery may take on a busy machine. */
const HASTE_MS = 50;
/** The longest wait for anything that is to come: the breaker's longest, and time to spare on a busy machine. */
const PATIENCE_MS = PROBE_MS_MAX + 60_000;

/** A steady stream of events, which goes on as long as somebody waits for something. */
class Stream {
  readonly #url: string;
  /** When each event was accepted, by name. */
  readonly acceptedAtMs = new Map<string, number>();

  constructor(url: string) {
    this.#url = url;
  }

  /** Sends an event each period until that is so. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const untilMs = Date.now() + DEAD_MS + PATIENCE_MS;
    for await (const nowMs of every(PERIOD_MS, () => Date.now())) {
      if (isSo()) return;
      assert.ok(nowMs() < untilMs, `it was waited for in vain until ${what}`);
      await this.#send();
    }
  }

  async for(ms: number): Promise<void> {
    const untilMs = Date.now() + ms;
    await this.until('the time was over', () => Date.now() >= untilMs);
  }

  async #send(): Promise<void> {
    const name = `e${this.acceptedAtMs.size}`;
    const { status } = await post(this.#url, '/v1/track', { userId: 'u', event: name }, { writeKey: 'wk' });
    assert.equal(status, 200);
    this.acceptedAtMs.set(name, Date.now());
  }
}

const nameOf = ({ body }: ReceivedRequest): string => (JSON.parse(body) as { event: string }).event;
const namesAt = ({ requests }: Receiver): readonly string[] => requests.map(nameOf);

/** How many attempts at an endpoint have failed so far. */
async function failedAttempts({ url }: SluiceProcess): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const lines = page.split('\n').filter((line) => /^sluice_attempts_total\{.*destination="mortal".*failed/.test(line));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** How often an endpoint can be asked in so long a time while it is held, each wait a fifth shorter than it may be. */
function probesIn(ms: number): number {
  let count = 0;
  for (let [atMs, waitMs] = [0, PROBE_MS_MIN]; atMs <= ms; waitMs = Math.min(waitMs * 2, PROBE_MS_MAX)) {
    atMs += waitMs * 0.8;
    count += 1;
  }
  return count;
}

/** How many events an endpoint gets in a second where as many as it takes are there for it, from the first call on. */
async function speedOf({ url }: SluiceProcess, receiver: Receiver): Promise<number> {
  const expected = receiver.requests.length + BURST_EVENTS;
  const batch = Array.from({ length: 1_000 }, () => ({ type: 'track', userId: 'u', event: 'burst' }));
  const startedAtMs = Date.now();
  for (let sent = 0; sent < BURST_EVENTS; sent += batch.length) {
    await post(url, '/v1/batch', { batch }, { writeKey: 'wk' });
  }
  await receiver.count(expected);
  return BURST_EVENTS / ((Date.now() - startedAtMs) / 1_000);
}

/** What happened, for each test to look at one side of it. */
interface Story {
  /** How long the endpoint was held, until it was there again. */
  readonly heldMs: number;
  /** Attempts that failed meanwhile. */
  readonly failed: number;
  /** What it did not have of all that was accepted before its first request after that. */
  readonly owed: readonly string[];
  /** From that request on until it had all of these. */
  readonly drainMs: number;
  /** What was accepted in that time, and how long each then took to get there. */
  readonly liveMs: readonly number[];
  /** Events that the other endpoint gets in a second, when many come at once. */
  readonly healthyPerSecond: number;
}

class Scene implements AsyncDisposable {
  readonly healthy: Receiver;
  readonly sluice: SluiceProcess;
  readonly stream: Stream;
  readonly #port: number;
  /** The endpoint that dies, each time that it is there. The last one is there now, unless it is closed. */
  readonly lives: Receiver[] = [];

  static async open(): Promise<Scene> {
    const healthy = await openReceiver();
    const port = await lastingPort();
    const destination = (id: string, webhookUrl: string): object => {
      const delivery = { retries: 20, backoffMs: [1_000], timeoutMs: TIMEOUT_MS };
      return { id, sources: ['web'], settings: { webhookUrl }, delivery };
    };
    const sluice = await SluiceProcess.start({
      config: {
        network: { allow: ['127.0.0.0/8'] },
        sources: [{ id: 'web', writeKeys: ['wk'] }],
        destinations: [destination('healthy', healthy.url()), destination('mortal', `http://127.0.0.1:${port}/`)],
      },
    });
    return new Scene(healthy, sluice, port);
  }

  private constructor(healthy: Receiver, sluice: SluiceProcess, port: number) {
    this.healthy = healthy;
    this.sluice = sluice;
    this.stream = new Stream(sluice.url);
    this.#port = port;
  }

  async play(): Promise<Story> {
    const alive = await this.#revive();
    await this.stream.for(1_000);
    await alive.count(this.stream.acceptedAtMs.size);
    await alive.close();
    const held = await this.#outage();
    const drained = await this.#drain(alive);
    await this.healthy.count(this.stream.acceptedAtMs.size);
    return { ...held, ...drained, healthyPerSecond: await speedOf(this.sluice, this.healthy) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sluice.close();
    await Promise.all([this.healthy, ...this.lives].map(async (receiver) => receiver.close()));
  }

  async #revive(): Promise<Receiver> {
    const receiver = await openReceiver({ port: this.#port });
    this.lives.push(receiver);
    return receiver;
  }

  /** It refuses connections, then hangs, and then is away for as long as it takes to come back. */
  async #outage(): Promise<Pick<Story, 'heldMs' | 'failed'>> {
    const { stream, sluice } = this;
    await stream.until('the endpoint was held', () => sluice.stderr.includes('endpoint is held'));
    const heldAtMs = Date.now();
    const failedBefore = await failedAttempts(sluice);
    await stream.for(DEAD_MS);
    const hanging = await this.#revive();
    hanging.answer('hang');
    await stream.for(DEAD_MS);
    await stream.until('a probe hung', () => hanging.requests.length > 0);
    await stream.for(2 * TIMEOUT_MS);
    await hanging.close();
    return { heldMs: Date.now() - heldAtMs, failed: (await failedAttempts(sluice)) - failedBefore };
  }

  /** It is there again, and the stream goes on until it has all that it waited for, and for a while. */
  async #drain(alive: Receiver): Promise<Pick<Story, 'owed' | 'drainMs' | 'liveMs'>> {
    const { stream } = this;
    const revived = await this.#revive();
    const arrivedAtMs = new Map<string, number>();
    revived.answer((request) => {
      arrivedAtMs.set(nameOf(request), request.receivedAtMs);
      return {};
    });
    await stream.until('it was asked again', () => revived.requests.length > 0);
    const startedAtMs = revived.requests[0]!.receivedAtMs;
    const later = [...stream.acceptedAtMs].slice(alive.requests.length);
    const owed = later.filter(([, atMs]) => atMs < startedAtMs).map(([name]) => name);
    await stream.until('it had all that it was owed', () => owed.every((name) => arrivedAtMs.has(name)));
    await stream.for(1_000);
    await revived.count(stream.acceptedAtMs.size - alive.requests.length);
    const endedAtMs = Math.max(...owed.map((name) => arrivedAtMs.get(name)!));
    const live = [...stream.acceptedAtMs].filter(([, atMs]) => atMs >= startedAtMs && atMs < endedAtMs);
    const liveMs = live.map(([name, atMs]) => arrivedAtMs.get(name)! - atMs);
    return { owed, drainMs: endedAtMs - startedAtMs, liveMs };
  }
}

describe('an endpoint that is dead for a while, and back (delivery.circuitBreaker)', () => {
  let scene: Scene;
  let story: Story;
  before(async () => {
    scene = await Scene.open();
    story = await scene.play();
  });
  after(async () => scene[Symbol.asyncDispose]());

  const eventsAt = (receivers: readonly Receiver[]): readonly string[] =>
    receivers.flatMap(namesAt).filter((name) => name !== 'burst');

  it('loses nothing: it gets each event, and those that it answered once', () => {
    const [alive, , revived] = scene.lives;
    const got = eventsAt([alive!, revived!]);
    assert.deepEqual(new Set(got), new Set(scene.stream.acceptedAtMs.keys()));
    assert.equal(got.length, scene.stream.acceptedAtMs.size);
    assert.doesNotMatch(scene.sluice.stderr, /delivery is dead/);
  });

  it('costs no more attempts than its breaker lets through, and those in flight when it opened', (t) => {
    const { heldMs, failed } = story;
    t.diagnostic(`${failed} attempts in ${heldMs} ms, while ${Math.round(heldMs / PERIOD_MS)} events came`);
    assert.ok(failed <= probesIn(heldMs) + SLOTS_AT_FIRST, `${failed} attempts in ${heldMs} ms`);
  });

  it('gets what it is owed at a fifth at least of the speed at which another gets what comes at once, and new events first', (t) => {
    const { owed, drainMs, liveMs, healthyPerSecond } = story;
    const perSecond = owed.length / (Math.max(drainMs, 1) / 1_000);
    t.diagnostic(
      `${owed.length} events in ${drainMs} ms: ${perSecond.toFixed()}/s, and ${healthyPerSecond.toFixed()}/s`,
    );
    assert.ok(perSecond >= healthyPerSecond / 5, `${perSecond}/s, and ${healthyPerSecond}/s`);
    const [median, most] = [quantile(liveMs, 0.5), quantile(liveMs, 1)];
    t.diagnostic(`${liveMs.length} events came meanwhile, and took ${median} ms, at most ${most} ms`);
    // Behind the backlog half of them would wait for half of the drain and longer.
    assert.ok(median <= drainMs / 4 + HASTE_MS, `new events took ${median} ms, and the drain ${drainMs} ms`);
  });

  it('is no concern of another destination, which has each event once', () => {
    assert.deepEqual(eventsAt([scene.healthy]).toSorted(), [...scene.stream.acceptedAtMs.keys()].toSorted());
  });
});

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;
}
