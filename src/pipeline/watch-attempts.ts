import { isFailure } from '../domain/attempt.ts';
import type { LoggedEvent } from '../domain/event.ts';
import {
  streamAttemptsBurstMax,
  streamAttemptsPerSecondMax,
  streamAttemptsTotalBurstMax,
  streamAttemptsTotalPerSecondMax,
  watchedKeptBurstMax,
  watchedKeptPerSecondMax,
  watchedKeptTotalBurstMax,
  watchedKeptTotalPerSecondMax,
} from '../domain/limits.ts';
import { isAttemptOf, isEventOf, type StreamQuery } from '../domain/stream-query.ts';
import { Allowance } from '../lib/allowance.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { AttemptReport, Telemetry } from '../ports/telemetry.ts';
import { type Alike, StreamIndex } from './stream-index.ts';
import type { WatchedAttempts } from './watched-attempts.ts';

/** How long attempts are gathered: long enough to choose among them, and too short for a reader to notice. */
const WINDOW_MS = 50;
/** Attempts of one window that are looked at together; what is beyond is left out, whatever it came to. */
const CANDIDATES_MAX = 4_000;

/** Which attempts somebody wants, and what they are wanted for. */
export interface AttemptFilter {
  readonly key: number;
  readonly query: StreamQuery;
}

interface Filter extends AttemptFilter {
  readonly allowance: Allowance;
  /** How many more successes of this window could be told, were there no failures. */
  room: number;
  leftOut: { count: number; fromMs: number; toMs: number } | null;
}

interface Candidate {
  readonly report: AttemptReport;
  readonly toMs: number;
  readonly isFailure: boolean;
  readonly wantedBy: Filter[];
  readonly keys: number[];
}

export interface AttemptWatchOptions {
  readonly ambient: Pick<Ambient, 'elapsedMs' | 'after'>;
  /** Takes what is to be shown: to another thread, so it is to be little. */
  readonly tell: (attempts: WatchedAttempts) => void;
}

/**
 * Chooses, where attempts are made, those that are worth telling whoever watches: of each filter so many a second,
 * failures first, and of all filters together not more than a thread should be told; the rest is counted. While nobody
 * watches it costs a comparison an attempt.
 */
export class AttemptWatch {
  readonly #options: AttemptWatchOptions;
  readonly #total: Allowance;
  readonly #totalKept: Allowance;
  #filters: readonly Filter[] = [];
  #index = new StreamIndex<Filter>([]);
  /** Null: all. */
  #destinations: ReadonlySet<string> | null = new Set();
  #candidates: Candidate[] = [];
  #isGathering = false;

  constructor(options: AttemptWatchOptions) {
    this.#options = options;
    const nowMs = options.ambient.elapsedMs();
    const ofTold = { perSecond: streamAttemptsTotalPerSecondMax, most: streamAttemptsTotalBurstMax };
    this.#total = new Allowance(ofTold, nowMs);
    this.#totalKept = new Allowance({ perSecond: watchedKeptTotalPerSecondMax, most: watchedKeptTotalBurstMax }, nowMs);
  }

  readonly telemetry: Pick<Telemetry, 'attempted'> = {
    attempted: (report, events = []) => {
      if (this.#filters.length > 0) this.#attempted(report, events);
    },
  };

  /** From now on these are wanted, in place of those before. */
  watch(filters: readonly AttemptFilter[]): void {
    const known = new Map(this.#filters.map((filter) => [filter.key, filter]));
    this.#filters = filters.map((filter) => known.get(filter.key) ?? this.#made(filter));
    this.#index = new StreamIndex(this.#filters);
    const destinations = filters.map(({ query: { destination } }) => destination);
    this.#destinations = destinations.includes(undefined) ? null : new Set(destinations as string[]);
  }

  /**
   * Says of successes at one endpoint of a destination whether each is to be kept with its exchange because somebody
   * watches, and may be: so many a second there and altogether, since each takes a kilobyte of the history.
   */
  keeps(destination: string): () => boolean {
    const { ambient } = this.#options;
    const limits = { perSecond: watchedKeptPerSecondMax, most: watchedKeptBurstMax };
    const allowance = new Allowance(limits, ambient.elapsedMs());
    return () => {
      if (this.#destinations !== null && !this.#destinations.has(destination)) return false;
      const nowMs = ambient.elapsedMs();
      if (!allowance.isThere(nowMs) || !this.#totalKept.isThere(nowMs)) return false;
      allowance.spend(1);
      this.#totalKept.spend(1);
      return true;
    };
  }

  #made(filter: AttemptFilter): Filter {
    const limits = { perSecond: streamAttemptsPerSecondMax, most: streamAttemptsBurstMax };
    return {
      ...filter,
      allowance: new Allowance(limits, this.#options.ambient.elapsedMs()),
      leftOut: null,
      room: Infinity,
    };
  }

  #attempted(report: AttemptReport, events: readonly LoggedEvent[]): void {
    const [event] = events;
    if (event === undefined) return;
    const candidate: Candidate = {
      ...{ report, toMs: newestOf(events), isFailure: isFailure(report.attempt), wantedBy: [], keys: [] },
    };
    if (events.length === 1) this.#index.visit(event, event.position, candidate, this.#consider);
    else
      for (const filter of this.#filters)
        if (events.some((each) => isEventOf(each, each.position, filter.query))) this.#considerOne(filter, candidate);
    if (candidate.wantedBy.length > 0) this.#candidates.push(candidate);
  }

  readonly #consider = ({ targets }: Alike<Filter>, candidate: Candidate): void => {
    for (const filter of targets) this.#considerOne(filter, candidate);
  };

  /** Successes that could not be told in any case are counted at once, which is most of them when there are many. */
  #considerOne(filter: Filter, candidate: Candidate): void {
    if (!isAttemptOf(candidate.report, filter.query)) return;
    if (!this.#isGathering) this.#gather();
    const isHopeless = !candidate.isFailure && filter.room < 1;
    if (isHopeless || this.#candidates.length >= CANDIDATES_MAX) {
      leaveOut(filter, candidate);
      return;
    }
    candidate.wantedBy.push(filter);
    if (!candidate.isFailure) filter.room -= 1;
  }

  #gather(): void {
    const { ambient } = this.#options;
    this.#isGathering = true;
    // Twice the window, because a timer may be late.
    const untilMs = ambient.elapsedMs() + 2 * WINDOW_MS;
    for (const filter of this.#filters) filter.room = filter.allowance.leftAt(untilMs) + 1;
    ambient.after(WINDOW_MS, () => {
      this.#isGathering = false;
      this.#tell();
    });
  }

  #tell(): void {
    const nowMs = this.#options.ambient.elapsedMs();
    const candidates = this.#candidates;
    this.#candidates = [];
    for (const candidate of candidates) if (candidate.isFailure) this.#choose(candidate, nowMs);
    for (const candidate of candidates) if (!candidate.isFailure) this.#choose(candidate, nowMs);
    const chosen = candidates.filter(({ keys }) => keys.length > 0);
    const leftOut = this.#filters.flatMap((filter) => {
      if (filter.leftOut === null) return [];
      const counted = { key: filter.key, ...filter.leftOut };
      filter.leftOut = null;
      return [counted];
    });
    if (chosen.length + leftOut.length === 0) return;
    this.#options.tell({ attempts: chosen.map(({ report, keys, toMs }) => ({ report, keys, toMs })), leftOut });
  }

  /** Finds out for which filters it is shown. */
  #choose(candidate: Candidate, nowMs: number): void {
    const isRoom = this.#total.isThere(nowMs);
    for (const filter of candidate.wantedBy) {
      if (isRoom && filter.allowance.isThere(nowMs)) {
        filter.allowance.spend(1);
        candidate.keys.push(filter.key);
      } else leaveOut(filter, candidate);
    }
    if (candidate.keys.length > 0) this.#total.spend(1);
  }
}

function newestOf(events: readonly LoggedEvent[]): number {
  return events.reduce((newest, { receivedAtMs }) => Math.max(newest, receivedAtMs), 0);
}

function leaveOut(filter: Filter, { report: { receivedAtMs }, toMs }: Candidate): void {
  const { leftOut } = filter;
  if (leftOut === null) {
    filter.leftOut = { count: 1, fromMs: receivedAtMs, toMs };
    return;
  }
  leftOut.count += 1;
  leftOut.fromMs = Math.min(leftOut.fromMs, receivedAtMs);
  leftOut.toMs = Math.max(leftOut.toMs, toMs);
}
