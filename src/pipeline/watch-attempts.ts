import { isFailure } from '../domain/attempt.ts';
import type { LoggedEvent } from '../domain/event.ts';
import {
  streamAttemptsBurstMax,
  streamAttemptsPerSecondMax,
  streamAttemptsTotalBurstMax,
  streamAttemptsTotalPerSecondMax,
  watchedKeptBurstMax,
  watchedKeptPerSecondMax,
} from '../domain/limits.ts';
import { isAttemptWanted, type StreamQuery } from '../domain/stream-query.ts';
import { Allowance } from '../lib/allowance.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { AttemptReport, Telemetry } from '../ports/telemetry.ts';

/** How long attempts are gathered: long enough to choose among them, and too short for a reader to notice. */
const WINDOW_MS = 50;
/** Attempts of one window that are looked at together; what is beyond is left out, whatever it came to. */
const CANDIDATES_MAX = 2_000;

/** Which attempts somebody wants, and what they are wanted for. */
export interface AttemptFilter {
  readonly key: number;
  readonly query: StreamQuery;
}

/** An attempt that is to be shown, and for which filters. */
export interface WatchedAttempt {
  readonly report: AttemptReport;
  readonly keys: readonly number[];
  /** When the newest of its events was received. */
  readonly toMs: number;
}

/** Attempts of a filter that are not shown, by when their events were received. */
export interface LeftOutAttempts {
  readonly key: number;
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What goes to whoever watches, of a few milliseconds. Attempts are in the order in which they ended. */
export interface WatchedAttempts {
  readonly attempts: readonly WatchedAttempt[];
  readonly leftOut: readonly LeftOutAttempts[];
}

interface Filter extends AttemptFilter {
  readonly allowance: Allowance;
  leftOut: { count: number; fromMs: number; toMs: number } | null;
}

interface Candidate {
  readonly report: AttemptReport;
  readonly toMs: number;
  readonly wantedBy: readonly Filter[];
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
  #filters: readonly Filter[] = [];
  /** Null: all. */
  #destinations: ReadonlySet<string> | null = new Set();
  #candidates: Candidate[] = [];
  #isGathering = false;

  constructor(options: AttemptWatchOptions) {
    this.#options = options;
    const limits = { perSecond: streamAttemptsTotalPerSecondMax, most: streamAttemptsTotalBurstMax };
    this.#total = new Allowance(limits, options.ambient.elapsedMs());
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
    const destinations = filters.map(({ query: { destination } }) => destination);
    this.#destinations = destinations.includes(undefined) ? null : new Set(destinations as string[]);
  }

  /**
   * Says of successes at one endpoint of a destination whether each is to be kept with its exchange because somebody
   * watches, and may be: so many a second, since each takes a kilobyte of the history.
   */
  keeps(destination: string): () => boolean {
    const { ambient } = this.#options;
    const limits = { perSecond: watchedKeptPerSecondMax, most: watchedKeptBurstMax };
    const allowance = new Allowance(limits, ambient.elapsedMs());
    return () => {
      if (this.#destinations !== null && !this.#destinations.has(destination)) return false;
      if (!allowance.isThere(ambient.elapsedMs())) return false;
      allowance.spend(1);
      return true;
    };
  }

  #made(filter: AttemptFilter): Filter {
    const limits = { perSecond: streamAttemptsPerSecondMax, most: streamAttemptsBurstMax };
    return { ...filter, allowance: new Allowance(limits, this.#options.ambient.elapsedMs()), leftOut: null };
  }

  #attempted(report: AttemptReport, events: readonly LoggedEvent[]): void {
    const wantedBy = this.#filters.filter(({ query }) => isAttemptWanted(report, events, query));
    if (wantedBy.length === 0) return;
    this.#gather();
    const toMs = events.reduce((newest, { receivedAtMs }) => Math.max(newest, receivedAtMs), report.receivedAtMs);
    const candidate = { report, toMs, wantedBy, keys: [] };
    if (this.#candidates.length < CANDIDATES_MAX) this.#candidates.push(candidate);
    else for (const filter of wantedBy) leaveOut(filter, candidate);
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#options.ambient.after(WINDOW_MS, () => {
      this.#isGathering = false;
      this.#tell();
    });
  }

  #tell(): void {
    const candidates = this.#candidates;
    this.#candidates = [];
    for (const candidate of candidates) if (isFailure(candidate.report.attempt)) this.#choose(candidate);
    for (const candidate of candidates) if (!isFailure(candidate.report.attempt)) this.#choose(candidate);
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
  #choose(candidate: Candidate): void {
    const nowMs = this.#options.ambient.elapsedMs();
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

function leaveOut(filter: Filter, { report: { receivedAtMs }, toMs }: Candidate): void {
  const before = filter.leftOut;
  filter.leftOut = {
    count: (before?.count ?? 0) + 1,
    fromMs: Math.min(before?.fromMs ?? Infinity, receivedAtMs),
    toMs: Math.max(before?.toMs ?? 0, toMs),
  };
}
