import { binRequestsMax, binsBytesMax, binsMax } from '../domain/limits.ts';
import type { Ambient } from '../ports/ambient.ts';

/** One request as a bin keeps it. */
export interface BinRequest {
  readonly id: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** ISO 8601. */
  readonly at: string;
}

export type CapturedRequest = Omit<BinRequest, 'id' | 'at'>;

export interface BinPage {
  readonly data: readonly BinRequest[];
  /** Asks for what is older, or null when there is none. */
  readonly next: string | null;
}

/**
 * Request bins: places to point a webhook at and see what comes (Webhooks integration, fact 4).
 *
 * They are kept in memory alone and bounded: the bin that was not used for longest goes first, in a bin its oldest
 * request, and over all of them the oldest request there is (`binsMax`, `binRequestsMax`, `binsBytesMax`).
 */
export interface Bins {
  /** Makes an empty one, by this name or by one of its own, and answers its id. */
  create(name?: string): string;
  /** Keeps a request. A bin that is not there is made. */
  capture(bin: string, request: CapturedRequest): void;
  /** Newest first, those older than `cursor` where one is given; null when there is no such bin. */
  list(bin: string, page: { readonly limit: number; readonly cursor: string | null }): BinPage | null;
}

export function makeBins({ ambient }: { readonly ambient: Ambient }): Bins {
  return new MemoryBins(ambient);
}

interface Kept {
  /** Rises over all bins: the id, the cursor, and what tells the oldest. */
  readonly order: number;
  readonly bytes: number;
  readonly request: BinRequest;
}

class MemoryBins implements Bins {
  readonly #ambient: Ambient;
  /** The least recently used first: using one moves it to the end. Requests oldest first. */
  readonly #bins = new Map<string, Kept[]>();
  #bytes = 0;
  #order = 0;

  constructor(ambient: Ambient) {
    this.#ambient = ambient;
  }

  create(name?: string): string {
    const id = name ?? `bin_${this.#ambient.uuid().replaceAll('-', '')}`;
    this.#use(id);
    return id;
  }

  capture(bin: string, captured: CapturedRequest): void {
    const kept = this.#use(bin);
    const order = ++this.#order;
    const request = { id: `req_${order}`, ...captured, at: new Date(this.#ambient.nowMs()).toISOString() };
    const bytes = bytesOf(captured);
    kept.push({ order, bytes, request });
    this.#bytes += bytes;
    if (kept.length > binRequestsMax) this.#dropOldestOf(kept);
    while (this.#bytes > binsBytesMax) this.#dropOldestOf(this.#withTheOldest());
  }

  list(bin: string, { limit, cursor }: { limit: number; cursor: string | null }): BinPage | null {
    if (!this.#bins.has(bin)) return null;
    const before = cursor === null ? Infinity : Number(cursor);
    const older = this.#use(bin).filter(({ order }) => order < before);
    const page = older.slice(-limit).reverse();
    const last = page.at(-1);
    return {
      data: page.map(({ request }) => request),
      next: last === undefined || page.length === older.length ? null : String(last.order),
    };
  }

  #use(bin: string): Kept[] {
    const kept = this.#bins.get(bin) ?? [];
    this.#bins.delete(bin);
    this.#bins.set(bin, kept);
    if (this.#bins.size > binsMax) this.#dropLeastUsed();
    return kept;
  }

  #dropLeastUsed(): void {
    for (const [bin, kept] of this.#bins) {
      for (const { bytes } of kept) this.#bytes -= bytes;
      this.#bins.delete(bin);
      return;
    }
  }

  /** The bin that holds the oldest request of all. */
  #withTheOldest(): Kept[] {
    const orderOf = (kept: Kept[]): number => kept[0]?.order ?? Infinity;
    return [...this.#bins.values()].reduce((oldest, kept) => (orderOf(kept) < orderOf(oldest) ? kept : oldest), []);
  }

  #dropOldestOf(kept: Kept[]): void {
    this.#bytes -= kept.shift()?.bytes ?? 0;
  }
}

/** In memory a character takes up to two bytes. */
function bytesOf({ path, headers, body }: CapturedRequest): number {
  const headerChars = Object.entries(headers).reduce((chars, [name, value]) => chars + name.length + value.length, 0);
  return 2 * (path.length + headerChars + body.length);
}
