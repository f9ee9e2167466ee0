/**
 * Ten million events in the log and ten million attempts in the history: how soon are lists and searches answered, does
 * Sluice still accept and deliver as fast as one that has none, and how soon does it listen after a start?
 */
import { setTimeout as delay } from 'node:timers/promises';
import { askApi, tokenOf } from '../test/support/management-api.ts';
import type { SluiceProcess } from '../test/support/sluice-process.ts';
import { nowUs } from './calls.ts';
import { fillHistory, pastMessageIdOf, pastNameOf, pastUserOf } from './history-fill.ts';
import { acceptedPerSecond, carry, type Ends } from './measure.ts';
import { startSluiceWith, stopCleanly, WRITE_KEY } from './programs.ts';
import { latencyOf, median } from './quantile.ts';
import { bytesOnDisk } from './usage.ts';

/** How much of everything. */
export interface HistoryScenario {
  readonly name: string;
  readonly title: string;
  /** Events of the past, each delivered to `destinations`. */
  readonly events: number;
  readonly destinations: number;
  /** Events of the past of a source that has no destination: what the log has beside those of the history. */
  readonly otherEvents: number;
  /** The one beside it has as many events. */
  readonly fewEvents: number;
  /** Of each kind. */
  readonly questions: number;
  /** Both take turns in accepting and delivering so many events. */
  readonly turns: number;
  readonly turn: number;
  /** Of each, in turns. */
  readonly starts: number;
}

export const HISTORY: HistoryScenario = {
  name: 'history',
  title: 'Ten million events in the log, and ten million attempts in the history',
  events: 1_960_000,
  destinations: 5,
  otherEvents: 8_040_000,
  fewEvents: 2_000,
  questions: 500,
  turns: 7,
  turn: 20_000,
  starts: 3,
};

export const HISTORY_SMOKE: HistoryScenario = {
  ...HISTORY,
  events: 4_000,
  otherEvents: 2_000,
  fewEvents: 400,
  questions: 5,
  turns: 1,
  turn: 1_000,
  starts: 1,
};

/** A number of the Sluice with a short history, beside that of the one with a long one. */
export interface Compared {
  readonly short: number;
  readonly long: number;
}

export interface QuestionMeasurement {
  readonly title: string;
  readonly p50Ms: Compared;
  readonly p99Ms: Compared;
}

/** The scenario, once. */
export interface HistoryMeasurement {
  /** In the log and in the history, before anything is measured. */
  readonly logEvents: Compared;
  readonly attempts: Compared;
  readonly diskBytes: Compared;
  readonly questions: readonly QuestionMeasurement[];
  /** Single calls, flat out: from the first sending to the last 200, and to the last arrival. */
  readonly acceptedPerSecond: Compared;
  readonly deliveredPerSecond: Compared;
  readonly answerP99Ms: Compared;
  /** After a clean stop, from the start of the process until it says that it listens. */
  readonly startMs: Compared;
  readonly lost: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const LOAD = { eventsPerCall: 1, connections: 64, callsPerSecond: null } as const;
const LOOK_MS = 500;

/** Runs it once, with an endpoint of these ends. */
export async function measureHistory(
  ends: Ends,
  endpoint: string,
  scenario: HistoryScenario,
): Promise<HistoryMeasurement> {
  const asOfMs = Date.now();
  const [few, many] = [
    { events: scenario.fewEvents, otherEvents: 0 },
    { events: scenario.events, otherEvents: scenario.otherEvents },
  ];
  await using short = await startWithPast(endpoint, scenario.destinations, few, asOfMs);
  await using long = await startWithPast(endpoint, scenario.destinations, many, asOfMs);
  try {
    const questions = await askBoth(short, long, scenario, asOfMs);
    const rates = await carryThroughBoth(ends, short, long, scenario);
    const startMs = await startBoth(short.sluice, long.sluice, scenario);
    await stopCleanly(short.sluice);
    await stopCleanly(long.sluice);
    return {
      logEvents: { short: few.events, long: many.events + many.otherEvents },
      attempts: { short: short.attempts, long: long.attempts },
      diskBytes: { short: short.diskBytes, long: long.diskBytes },
      questions,
      ...rates,
      startMs,
    };
  } catch (error) {
    throw new Error(`${scenario.name} failed; Sluice wrote to stderr:\n${long.sluice.stderr}`, { cause: error });
  }
}

interface WithPast extends AsyncDisposable {
  readonly sluice: SluiceProcess;
  readonly events: number;
  readonly attempts: number;
  readonly diskBytes: number;
}

/** The live source has a destination of its own, the first of those with a past. */
async function startWithPast(
  endpoint: string,
  destinations: number,
  { events, otherEvents }: Pick<HistoryScenario, 'events' | 'otherEvents'>,
  toMs: number,
): Promise<WithPast> {
  const lanes = Array.from({ length: destinations }, (_, at) => ({ id: `d${at}`, endpoint: `${endpoint}/${at}` }));
  const sluice = await startSluiceWith(
    [
      { id: 'bench', writeKey: WRITE_KEY },
      { id: 'past', writeKey: 'wk_past' },
      { id: 'others', writeKey: 'wk_others' },
    ],
    lanes.map(({ id, endpoint: url }, at) => ({ id, url, sources: at === 0 ? ['bench', 'past'] : ['past'] })),
  );
  await stopCleanly(sluice);
  const others = { source: 'others', events: otherEvents };
  const past = { source: 'past', events, others, lanes, fromMs: toMs - DAY_MS, toMs };
  const attempts = await fillHistory(sluice.dataDir, past);
  await sluice.restart();
  await indexed(sluice);
  const diskBytes = await bytesOnDisk(sluice.dataDir);
  return { sluice, events, attempts, diskBytes, [Symbol.asyncDispose]: async () => sluice.close() };
}

/** Until the index has come as far as the log. */
async function indexed(sluice: SluiceProcess): Promise<void> {
  const ask = askOf(sluice);
  for (;;) {
    const { isComplete } = (await ask('/events?limit=1')) as { readonly isComplete: boolean };
    if (isComplete) return;
    await delay(LOOK_MS);
  }
}

type Ask = (path: string) => Promise<unknown>;

/** Reads the token once, so that the answer alone is measured. */
function askOf(sluice: SluiceProcess): Ask {
  const token = tokenOf(sluice);
  return async (path) => {
    const { status, body } = await askApi(sluice, path, { token });
    if (status !== 200) throw new Error(`${path} was answered ${status}: ${JSON.stringify(body)}`);
    return body;
  };
}

/** What is asked, of any event of the past. Times are chosen like users, so that nothing is asked twice. */
const QUESTIONS: readonly {
  readonly title: string;
  readonly path: (index: number, atMs: number) => string;
}[] = [
  { title: 'newest deliveries', path: () => '/deliveries' },
  {
    title: 'deliveries of a destination at a time',
    path: (index, atMs) => `/deliveries?destination=d${index % HISTORY.destinations}&to=${isoOf(atMs)}`,
  },
  { title: 'dead deliveries at a time', path: (_, atMs) => `/deliveries?state=dead&to=${isoOf(atMs)}` },
  { title: 'failed attempts at a time', path: (_, atMs) => `/deliveries?outcome=failed&to=${isoOf(atMs)}` },
  { title: 'attempts with an error that none had', path: (_, atMs) => `/deliveries?error=timeout&to=${isoOf(atMs)}` },
  { title: 'deliveries of a user', path: (index) => `/deliveries?user=${pastUserOf(index)}` },
  { title: 'deliveries of a message id', path: (index) => `/deliveries?messageId=${pastMessageIdOf(index)}` },
  { title: 'events of a user', path: (index) => `/events?user=${pastUserOf(index)}` },
  { title: 'events of a message id', path: (index) => `/events?messageId=${pastMessageIdOf(index)}` },
  {
    title: 'events of a name at a time',
    path: (index, atMs) => `/events?name=${encodeURIComponent(pastNameOf(index))}&to=${isoOf(atMs)}`,
  },
  {
    title: 'counts of an hour, by minutes',
    path: (_, atMs) => `/stats?from=${isoOf(atMs - 3_600_000)}&to=${isoOf(atMs)}&step=1m`,
  },
];

async function askBoth(
  short: WithPast,
  long: WithPast,
  { questions }: HistoryScenario,
  asOfMs: number,
): Promise<readonly QuestionMeasurement[]> {
  const asks = { short: askOf(short.sluice), long: askOf(long.sluice) };
  const measured: QuestionMeasurement[] = [];
  for (const { title, path } of QUESTIONS) {
    const us = { short: [] as number[], long: [] as number[] };
    for (let turn = 0; turn < questions; turn++) {
      // Spread evenly, and the same places of both pasts.
      const share = (turn + 0.5) / questions;
      const atMs = Math.floor(asOfMs - DAY_MS * (1 - share));
      us.short.push(await usOf(asks.short, path(Math.floor(share * short.events), atMs)));
      us.long.push(await usOf(asks.long, path(Math.floor(share * long.events), atMs)));
    }
    const [one, other] = [latencyOf(Float64Array.from(us.short)), latencyOf(Float64Array.from(us.long))];
    measured.push({ title, p50Ms: { short: one.p50, long: other.p50 }, p99Ms: { short: one.p99, long: other.p99 } });
  }
  return measured;
}

async function usOf(ask: Ask, path: string): Promise<number> {
  const before = nowUs();
  await ask(path);
  return nowUs() - before;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** In turns, after one of each to warm up. */
async function carryThroughBoth(
  ends: Ends,
  { sluice: short }: WithPast,
  { sluice: long }: WithPast,
  { turns, turn }: HistoryScenario,
): Promise<Pick<HistoryMeasurement, 'acceptedPerSecond' | 'deliveredPerSecond' | 'answerP99Ms' | 'lost'>> {
  const all = { short: [] as Carried[], long: [] as Carried[] };
  for (let done = 0; done <= turns; done++) {
    all.short.push(await carriedBy(ends, short, 2 * done * turn, turn));
    all.long.push(await carriedBy(ends, long, (2 * done + 1) * turn, turn));
  }
  const of = (value: (carried: Carried) => number): Compared => {
    const [one, other] = [all.short.slice(1), all.long.slice(1)];
    return { short: median(one.map(value)), long: median(other.map(value)) };
  };
  return {
    acceptedPerSecond: of((carried) => carried.acceptedPerSecond),
    deliveredPerSecond: of((carried) => carried.deliveredPerSecond),
    answerP99Ms: of((carried) => carried.answerP99Ms),
    lost: [...all.short, ...all.long].reduce((sum, { lost }) => sum + lost, 0),
  };
}

/** In turns; of each the median. */
async function startBoth(short: SluiceProcess, long: SluiceProcess, { starts }: HistoryScenario): Promise<Compared> {
  const ms = { short: [] as number[], long: [] as number[] };
  for (let start = 0; start < starts; start++) {
    ms.short.push(await startMsOf(short));
    ms.long.push(await startMsOf(long));
  }
  return { short: median(ms.short), long: median(ms.long) };
}

async function startMsOf(sluice: SluiceProcess): Promise<number> {
  await stopCleanly(sluice);
  const beforeUs = nowUs();
  await sluice.restart();
  return (nowUs() - beforeUs) / 1_000;
}

interface Carried {
  readonly acceptedPerSecond: number;
  readonly deliveredPerSecond: number;
  readonly answerP99Ms: number;
  readonly lost: number;
}

async function carriedBy(ends: Ends, { url }: SluiceProcess, first: number, events: number): Promise<Carried> {
  const { sent, received } = await carry(ends, url, { ...LOAD, first, events });
  return {
    acceptedPerSecond: acceptedPerSecond(events, sent),
    deliveredPerSecond: (events * 1e6) / (received.lastUs - sent.firstUs),
    answerP99Ms: sent.answerMs.p99,
    lost: events - received.events,
  };
}
