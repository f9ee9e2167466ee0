/**
 * What readers of the live stream cost those who send: how many events are accepted with a hundred of them, and without,
 * in turns on one Sluice, so that all else is the same.
 */
import { tokenOf } from '../test/support/management-api.ts';
import { acceptedPerSecond, carry, type Ends } from './measure.ts';
import { Party } from './party.ts';
import { startSluiceProcess, stopCleanly } from './programs.ts';
import { median } from './quantile.ts';
import type { ReadersQuestion, ReadersReply } from './stream-readers.ts';
import { cpuMsOf } from './usage.ts';

export interface StreamScenario {
  readonly name: string;
  readonly title: string;
  /** Half of them read everything, the others by filters of their own. */
  readonly readers: number;
  readonly warmUp: number;
  /** How often each is measured, in turns. */
  readonly turns: number;
  readonly single: StreamLoad;
  readonly batch: StreamLoad;
}

export interface StreamLoad {
  /** Of one turn. */
  readonly events: number;
  readonly eventsPerCall: number;
  readonly connections: number;
}

export const STREAM: StreamScenario = {
  name: 'stream',
  title: 'Readers of the live stream',
  readers: 100,
  warmUp: 20_000,
  turns: 5,
  single: { events: 20_000, eventsPerCall: 1, connections: 64 },
  batch: { events: 50_000, eventsPerCall: 100, connections: 16 },
};

export const STREAM_SMOKE: StreamScenario = {
  ...STREAM,
  readers: 10,
  warmUp: 1_000,
  turns: 1,
  single: { ...STREAM.single, events: 1_000 },
  batch: { ...STREAM.batch, events: 2_000 },
};

/** A number without readers, and with them. */
export interface Read {
  readonly unread: number;
  readonly read: number;
}

/** The scenario, once. */
export interface StreamMeasurement {
  readonly singlePerSecond: Read;
  readonly batchPerSecond: Read;
  readonly singleP99Ms: Read;
  readonly batchP99Ms: Read;
  /** Processor time of Sluice, microseconds an event. */
  readonly singleCpuUs: Read;
  readonly batchCpuUs: Read;
  /** What the readers got in a second, all of them, and what of a processor they took. */
  readonly readBytesPerSecond: Read;
  readonly readersCpuShare: Read;
  readonly lost: number;
}

/** Runs it once, with an endpoint of these ends. */
export async function measureStream(
  ends: Ends,
  endpoint: string,
  scenario: StreamScenario,
): Promise<StreamMeasurement> {
  const readers = new Party<ReadersQuestion, ReadersReply>('stream-readers.ts');
  await using sluice = await startSluiceProcess(endpoint);
  try {
    const run = new Run(ends, sluice, readers, scenario);
    await run.warmUp();
    const turns = [];
    for (let turn = 0; turn < scenario.turns; turn += 1) {
      // Who was first has the shorter history, and the cooler machine.
      const order = turn % 2 === 0 ? [false, true] : [true, false];
      for (const isRead of order) turns.push(await run.turn(isRead));
    }
    await stopCleanly(sluice);
    return summedUp(turns, run.lost);
  } catch (error) {
    throw new Error(`${scenario.name} failed; Sluice wrote to stderr:\n${sluice.stderr}`, { cause: error });
  } finally {
    await readers.stop();
  }
}

interface Turn {
  readonly isRead: boolean;
  readonly single: One;
  readonly batch: One;
  readonly readBytesPerSecond: number;
  readonly readersCpuShare: number;
}

interface One {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
  readonly seconds: number;
}

type Sluice = Awaited<ReturnType<typeof startSluiceProcess>>;

/** What is done in turns to one Sluice. */
class Run {
  lost = 0;
  readonly #ends: Ends;
  readonly #sluice: Sluice;
  readonly #readers: Party<ReadersQuestion, ReadersReply>;
  readonly #scenario: StreamScenario;
  #first = 0;

  constructor(ends: Ends, sluice: Sluice, readers: Party<ReadersQuestion, ReadersReply>, scenario: StreamScenario) {
    this.#ends = ends;
    this.#sluice = sluice;
    this.#readers = readers;
    this.#scenario = scenario;
  }

  async warmUp(): Promise<void> {
    const { warmUp, single, batch } = this.#scenario;
    // With readers too, so that their code is compiled.
    await this.#open();
    await this.#carry({ ...single, events: warmUp });
    await this.#carry({ ...batch, events: warmUp });
    await this.#readers.ask({ kind: 'close' });
  }

  async turn(isRead: boolean): Promise<Turn> {
    if (isRead) await this.#open();
    const beforeMs = cpuMsOf(this.#readers.pid);
    const single = await this.#carry(this.#scenario.single);
    const batch = await this.#carry(this.#scenario.batch);
    const seconds = single.seconds + batch.seconds;
    const readersCpuShare = (cpuMsOf(this.#readers.pid) - beforeMs) / 1_000 / seconds;
    const { bytes } = isRead ? await this.#readers.ask({ kind: 'close' }) : { bytes: 0 };
    return { isRead, single, batch, readBytesPerSecond: bytes / seconds, readersCpuShare };
  }

  async #open(): Promise<void> {
    const { url } = this.#sluice;
    const queries = Array.from({ length: this.#scenario.readers }, (_, index) => queryOf(index));
    await this.#readers.ask({ kind: 'open', url, token: tokenOf(this.#sluice), queries });
  }

  async #carry(load: StreamLoad): Promise<One> {
    const before = { atMs: performance.now(), cpuMs: cpuMsOf(this.#sluice.pid) };
    const { events } = load;
    const { sent, received } = await carry(this.#ends, this.#sluice.url, {
      ...load,
      ...{ callsPerSecond: null, first: this.#first },
    });
    this.#first += events;
    this.lost += events - received.events;
    return {
      perSecond: acceptedPerSecond(events, sent),
      p99Ms: sent.answerMs.p99,
      cpuUs: ((cpuMsOf(this.#sluice.pid) - before.cpuMs) * 1_000) / events,
      seconds: (performance.now() - before.atMs) / 1_000,
    };
  }
}

/** All that a filter can say of the events that are sent, each of which passes it. */
const PASSED = ['source=bench', 'type=track', 'name=Order%20Completed', 'user=019mr8mf4r', 'kinds=event'];

/** Every second one reads everything. The others have filters that are like nobody else's: half pass nothing. */
function queryOf(index: number): string {
  if (index % 2 === 0) return '';
  const other = index >>> 1;
  const subset = other >>> 1;
  const filters = PASSED.filter((_, bit) => ((subset + 1) >>> bit) % 2 === 1);
  return [...filters, ...(other % 2 === 0 ? [] : [`messageId=nobody-${index}`])].join('&');
}

function summedUp(turns: readonly Turn[], lost: number): StreamMeasurement {
  const of = (value: (turn: Turn) => number): Read => {
    const valuesOf = (isRead: boolean): number[] => turns.filter((turn) => turn.isRead === isRead).map(value);
    return { unread: median(valuesOf(false)), read: median(valuesOf(true)) };
  };
  return {
    singlePerSecond: of(({ single }) => single.perSecond),
    batchPerSecond: of(({ batch }) => batch.perSecond),
    singleP99Ms: of(({ single }) => single.p99Ms),
    batchP99Ms: of(({ batch }) => batch.p99Ms),
    singleCpuUs: of(({ single }) => single.cpuUs),
    batchCpuUs: of(({ batch }) => batch.cpuUs),
    readBytesPerSecond: of(({ readBytesPerSecond }) => readBytesPerSecond),
    readersCpuShare: of(({ readersCpuShare }) => readersCpuShare),
    lost,
  };
}
