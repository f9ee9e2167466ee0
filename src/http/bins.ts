import { binRequestsMax, binsBytesMax, binsMax } from '../domain/limits.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { BinIds } from './bin-ids.ts';

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
 * What came is kept in memory alone and bounded: the bin that was sent nothing for longest is emptied first, in a bin goes
 * its oldest request, and over all of them the oldest request there is (`binsMax`, `binRequestsMax`, `binsBytesMax`).
 */
export interface Bins {
  /** A new one, by its id. */
  create(): string;
  /** Whether there is such a bin. */
  has(bin: string): boolean;
  /** Keeps a request of a bin that there is. */
  capture(bin: string, request: CapturedRequest): void;
  /** Of a bin that there is: newest first, those older than `cursor` where one is given. */
  list(bin: string, page: { readonly limit: number; readonly cursor: string | null }): BinPage;
}

export function makeBins(parts: { readonly ambient: Pick<Ambient, 'nowMs'>; readonly ids: BinIds }): Bins {
  return new MemoryBins(parts);
}

interface Kept {
  /** Rises over all bins: the id, the cursor, and what tells the oldest. */
  readonly order: number;
  readonly bytes: number;
  readonly request: BinRequest;
}

class MemoryBins implements Bins {
  readonly #ambient: Pick<Ambient, 'nowMs'>;
  readonly #ids: BinIds;
  /** The one that was sent nothing for longest first. Requests oldest first. */
  readonly #bins = new Map<string, Kept[]>();
  #bytes = 0;
  #order = 0;

  constructor({ ambient, ids }: Parameters<typeof makeBins>[0]) {
    this.#ambient = ambient;
    this.#ids = ids;
  }

  create(): string {
    return this.#ids.make();
  }

  has(bin: string): boolean {
    return this.#ids.isOne(bin);
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

  list(bin: string, { limit, cursor }: { limit: number; cursor: string | null }): BinPage {
    const before = cursor === null ? Infinity : Number(cursor);
    const older = (this.#bins.get(bin) ?? []).filter(({ order }) => order < before);
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
