import { answerOf, type BinAnswer, type BinStep } from '../domain/bin-script.ts';
import { binRequestAgeMs, binRequestsMax, binsBytesMax, binsMax } from '../domain/limits.ts';
import type { StreamReader } from '../pipeline/stream-group.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { BinIds } from './bin-ids.ts';
import { BinWatch } from './bin-watch.ts';
import {
  type BinEnd,
  type BinPage,
  type BinRequest,
  type CapturedRequest,
  heldBytesOf,
  type Kept,
  orderOf,
  pageOf,
  shownRequest,
} from './kept-requests.ts';

/** A bin and what is in it. */
export interface BinStanding {
  readonly id: string;
  readonly script: readonly BinStep[];
  /** Requests since the script was set. */
  readonly asked: number;
  /** Requests that are kept. */
  readonly requests: number;
  /** Of their bodies. */
  readonly bytes: number;
  /** When something came last; null before. */
  readonly lastAtMs: number | null;
}

export interface Captured {
  /** What the script has for it. */
  readonly answer: BinAnswer;
  /** To be called when it was answered, or ended. */
  readonly ended: (end: BinEnd) => void;
}

/**
 * Request bins: places to point a webhook at and see what comes (Webhooks integration, fact 4), which answer by a script.
 *
 * All of it is in memory alone and bounded: requests by number, age and size (`binRequestsMax`, `binRequestAgeMs`,
 * `binsBytesMax`: over all bins the oldest request there is goes first), bins by number (`binsMax`): of the one that was
 * used for longest ago requests and script are forgotten. Its id stays good: it is then as it was made.
 */
export interface Bins {
  /** A new one, by its id. */
  create(): string;
  /** Whether there is such a bin. All that follows is of bins that there are. */
  has(bin: string): boolean;
  /** Those that are remembered, the one that was used last first. */
  list(): readonly BinStanding[];
  get(bin: string): BinStanding;
  /** Answers by this from now on, from its first step. */
  script(bin: string, script: readonly BinStep[]): void;
  capture(bin: string, request: CapturedRequest): Captured;
  /** Newest first, those before `cursor` where one is given. */
  requests(bin: string, page: { readonly limit: number; readonly cursor: string | null }): BinPage;
  /** Null for one that is not kept. */
  request(bin: string, id: string): BinRequest | null;
  /** Forgets its requests. */
  empty(bin: string): void;
  /**
   * Tells this reader what comes, from now on or after the message with this id.
   *
   * @returns what it is to call when it reads no more
   * @throws SluiceError `too_many_readers`, `shutting_down`
   */
  join(bin: string, reader: StreamReader, lastId: string | null): () => void;
  /** Ends all readers, at once. */
  close(): void;
}

export interface BinParts {
  readonly ambient: Pick<Ambient, 'nowMs' | 'elapsedMs' | 'after' | 'chance'>;
  readonly ids: BinIds;
  /** Those that are always there, and never forgotten for others. */
  readonly standing?: readonly string[];
}

export function makeBins(parts: BinParts): Bins {
  return new MemoryBins(parts);
}

interface Bin {
  script: readonly BinStep[];
  asked: number;
  /** Oldest first. */
  kept: Kept[];
  /** Of its newest request. Begins at the clock, so that no two of its requests have one id, over restarts too. */
  order: number;
  /** Of the newest that is none of its requests any more: those before it are of another process, or were emptied. */
  since: number;
  lastAtMs: number | null;
}

class MemoryBins implements Bins {
  readonly #ambient: BinParts['ambient'];
  readonly #ids: BinIds;
  readonly #standing: ReadonlySet<string>;
  /** The one that was used for longest ago first. */
  readonly #bins = new Map<string, Bin>();
  readonly #watch: BinWatch;
  #bytes = 0;
  #rank = 0;
  #agingTimer: { cancel(): void } | null = null;

  constructor({ ambient, ids, standing = [] }: BinParts) {
    this.#ambient = ambient;
    this.#ids = ids;
    this.#standing = new Set(standing);
    this.#watch = new BinWatch(ambient);
    for (const id of standing) this.#use(id);
  }

  create(): string {
    const id = this.#ids.make();
    this.#use(id);
    return id;
  }

  has(bin: string): boolean {
    return this.#ids.isOne(bin);
  }

  list(): readonly BinStanding[] {
    return [...this.#bins.keys()].reverse().map((id) => this.get(id));
  }

  get(id: string): BinStanding {
    const { script, asked, kept, lastAtMs } = this.#bins.get(id) ?? this.#fresh();
    const bytes = kept.reduce((sum, { body }) => sum + body.length, 0);
    return { id, script, asked, requests: kept.length, bytes, lastAtMs };
  }

  script(id: string, script: readonly BinStep[]): void {
    const bin = this.#use(id);
    bin.script = script;
    bin.asked = 0;
  }

  capture(id: string, request: CapturedRequest): Captured {
    const bin = this.#use(id);
    const answer = answerOf(bin.script, bin.asked++, this.#ambient.chance());
    const atMs = this.#ambient.nowMs();
    bin.lastAtMs = atMs;
    const place = { order: ++bin.order, rank: ++this.#rank, atMs };
    const kept: Kept = { ...request, ...place, heldBytes: heldBytesOf(request), answer, end: null };
    bin.kept.push(kept);
    this.#bytes += kept.heldBytes;
    if (bin.kept.length > binRequestsMax) this.#dropOldestOf(bin);
    while (this.#bytes > binsBytesMax) this.#dropOldestOf(this.#withTheOldest());
    this.#planAging();
    this.#watch.came(id);
    return {
      answer,
      ended: (end) => {
        kept.end = end;
        this.#watch.ended(id, kept);
      },
    };
  }

  requests(id: string, page: Parameters<Bins['requests']>[1]): BinPage {
    return pageOf(this.#bins.get(id)?.kept ?? [], page);
  }

  request(id: string, request: string): BinRequest | null {
    const order = orderOf(request);
    const kept = this.#bins.get(id)?.kept.find((each) => each.order === order);
    return kept === undefined ? null : shownRequest(kept);
  }

  empty(id: string): void {
    const bin = this.#bins.get(id);
    if (bin === undefined) return;
    while (bin.kept.length > 0) this.#dropOldestOf(bin);
    bin.since = bin.order;
    this.#watch.emptied(id);
  }

  join(id: string, reader: StreamReader, lastId: string | null): () => void {
    this.#use(id);
    return this.#watch.join(id, reader, () => this.#bins.get(id) ?? this.#fresh(), lastId);
  }

  close(): void {
    this.#agingTimer?.cancel();
    this.#watch.close();
  }

  #fresh(): Bin {
    const order = this.#ambient.nowMs();
    return { script: [], asked: 0, kept: [], order, since: order, lastAtMs: null };
  }

  #use(id: string): Bin {
    const bin = this.#bins.get(id) ?? this.#fresh();
    this.#bins.delete(id);
    this.#bins.set(id, bin);
    if (this.#bins.size > binsMax) this.#forgetLeastUsed();
    return bin;
  }

  #forgetLeastUsed(): void {
    for (const [id, bin] of this.#bins) {
      if (this.#standing.has(id)) continue;
      while (bin.kept.length > 0) this.#dropOldestOf(bin);
      this.#bins.delete(id);
      return;
    }
  }

  /** The bin that holds the oldest request of all. */
  #withTheOldest(): Bin {
    const rankOf = ({ kept }: Bin): number => kept[0]?.rank ?? Infinity;
    return [...this.#bins.values()].reduce((oldest, bin) => (rankOf(bin) < rankOf(oldest) ? bin : oldest));
  }

  #dropOldestOf({ kept }: Bin): void {
    this.#bytes -= kept.shift()?.heldBytes ?? 0;
  }

  /** Forgets what is too old, when the oldest request is; a clock that was set back has it stay for longer. */
  #planAging(): void {
    if (this.#agingTimer !== null) return;
    const oldest = [...this.#bins.values()].flatMap(({ kept }) => kept.slice(0, 1)).map(({ atMs }) => atMs);
    if (oldest.length === 0) return;
    const dueInMs = Math.min(...oldest) + binRequestAgeMs - this.#ambient.nowMs();
    this.#agingTimer = this.#ambient.after(Math.min(dueInMs, binRequestAgeMs), () => {
      this.#agingTimer = null;
      const beforeMs = this.#ambient.nowMs() - binRequestAgeMs;
      for (const bin of this.#bins.values())
        while (bin.kept[0] !== undefined && bin.kept[0].atMs <= beforeMs) this.#dropOldestOf(bin);
      this.#planAging();
    });
  }
}
