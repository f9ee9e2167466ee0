import { SluiceError } from '../domain/errors.ts';
import { binReadersMax, binStreamBodyBytesMax } from '../domain/limits.ts';
import type { StreamReader } from '../pipeline/stream-group.ts';
import type { Ambient } from '../ports/ambient.ts';
import { type Kept, orderOf, requestIdOf, shownRequest } from './kept-requests.ts';
import { ReaderCare } from './reader-care.ts';
import { markText, messageText, OPENING } from './server-sent.ts';

/** What came meanwhile is told at once: soon enough for eyes. */
const TICK_MS = 100;
const BEAT_MS = 1_000;
/** What one reader is told in a tick; the rest follows in the next. */
const TICK_CHARS_MAX = 1024 * 1024;

/** What is read of a bin. */
export interface Watched {
  /** Oldest first. */
  readonly kept: readonly Kept[];
  /** Of its newest request, kept or not. */
  readonly order: number;
  /** What comes up to this was of another process, or is wanted by nobody. */
  readonly since: number;
}

interface Seat {
  readonly bin: string;
  readonly reader: StreamReader;
  readonly care: ReaderCare;
  /** The bin as it is now. */
  readonly watched: () => Watched;
  /** The newest request that it was told of, or that it is not to be told of. */
  told: number;
}

/**
 * Tells whoever reads a bin live what comes.
 *
 * What is told is read from the bin itself when the reader can take it, so nothing is kept for readers: one that is slow,
 * or comes back, goes on after what it was told last, and where the bin has lost something since it is told how much.
 */
export class BinWatch {
  readonly #ambient: Pick<Ambient, 'elapsedMs' | 'after'>;
  readonly #seats = new Set<Seat>();
  /** Bins of which there is something to tell, with the requests that were answered since. */
  readonly #news = new Map<string, Kept[]>();
  #tickTimer: { cancel(): void } | null = null;
  #beatTimer: { cancel(): void } | null = null;
  #isClosed = false;

  constructor(ambient: Pick<Ambient, 'elapsedMs' | 'after'>) {
    this.#ambient = ambient;
  }

  /** A request came. */
  came(bin: string): void {
    this.#newsOf(bin);
  }

  /** A request was answered, or ended. */
  ended(bin: string, kept: Kept): void {
    this.#newsOf(bin)?.push(kept);
  }

  /** Its requests were forgotten because somebody wanted that: nobody misses them. */
  emptied(bin: string): void {
    for (const seat of this.#of(bin)) {
      seat.told = Math.max(seat.told, seat.watched().order);
      seat.care.write(messageText('emptied', requestIdOf(seat.told), '{}'));
    }
  }

  /** See `Bins.join`. */
  join(bin: string, reader: StreamReader, watched: () => Watched, lastId: string | null): () => void {
    if (this.#isClosed) throw new SluiceError('shutting_down');
    if (this.#seats.size >= binReadersMax)
      throw new SluiceError('too_many_readers', { max: binReadersMax, retryAfterS: 5 });
    const { order: newest } = watched();
    // What is no id of this bin's begins anew.
    const after = lastId === null ? newest : Math.min(orderOf(lastId) ?? newest, newest);
    const seat: Seat = { bin, reader, care: new ReaderCare(reader, this.#ambient), watched, told: after };
    this.#seats.add(seat);
    this.#planBeat();
    this.#ambient.after(0, () => {
      if (!this.#seats.has(seat)) return;
      seat.care.write(OPENING + markText(requestIdOf(seat.told)));
      if (seat.told < newest) this.#newsOf(bin);
    });
    return () => this.#seats.delete(seat);
  }

  close(): void {
    this.#isClosed = true;
    this.#tickTimer?.cancel();
    this.#beatTimer?.cancel();
    for (const { reader } of this.#seats) reader.end();
    this.#seats.clear();
  }

  #of(bin: string): readonly Seat[] {
    return this.#seats.size === 0 ? [] : [...this.#seats].filter((seat) => seat.bin === bin);
  }

  /** What was answered since the last tick; null while nobody reads. */
  #newsOf(bin: string): Kept[] | null {
    if (this.#isClosed || this.#of(bin).length === 0) return null;
    const known = this.#news.get(bin);
    if (known !== undefined) return known;
    const answered: Kept[] = [];
    this.#news.set(bin, answered);
    this.#tickTimer ??= this.#ambient.after(TICK_MS, () => {
      this.#tickTimer = null;
      this.#tick();
    });
    return answered;
  }

  #tick(): void {
    const news = [...this.#news];
    this.#news.clear();
    for (const [bin, answered] of news)
      for (const seat of this.#of(bin)) if (!this.#tell(seat, answered)) this.#newsOf(bin);
  }

  /** Answers whether that was all. */
  #tell(seat: Seat, answered: readonly Kept[]): boolean {
    const { kept, order, since } = seat.watched();
    seat.care.look();
    if (seat.care.isStuck) return false;
    // Those that are told of from here on have their end with them.
    let text = answered
      .filter((each) => each.order <= seat.told)
      .map(endText)
      .join('');
    const coming = kept.filter((each) => each.order > seat.told);
    const next = coming[0]?.order ?? order + 1;
    if (next > seat.told + 1) {
      const count = seat.told < since ? null : next - seat.told - 1;
      seat.told = next - 1;
      text += messageText('gap', requestIdOf(seat.told), JSON.stringify({ count }));
    }
    for (const each of coming) {
      if (text.length > TICK_CHARS_MAX) break;
      seat.told = each.order;
      text += requestText(each);
    }
    if (text !== '') seat.care.write(text);
    return seat.told >= order;
  }

  #planBeat(): void {
    this.#beatTimer ??= this.#ambient.after(BEAT_MS, () => {
      this.#beatTimer = null;
      for (const seat of this.#seats) this.#beat(seat);
      if (this.#seats.size > 0) this.#planBeat();
    });
  }

  #beat(seat: Seat): void {
    if (!seat.care.mayStay()) {
      this.#seats.delete(seat);
      seat.reader.end();
    } else if (!seat.care.isStuck && seat.care.isQuiet) seat.care.write(markText(requestIdOf(seat.told)));
  }
}

/** A body that is large is asked for by its id. */
function requestText(kept: Kept): string {
  const shown = shownRequest(kept);
  const isLarge = shown.bytes > binStreamBodyBytesMax;
  return messageText('request', shown.id, JSON.stringify(isLarge ? { ...shown, body: null, bodyBase64: null } : shown));
}

function endText(kept: Kept): string {
  const { id, answeredMs, gaveUp } = shownRequest({ ...kept, body: Buffer.alloc(0) });
  return messageText('answered', id, JSON.stringify({ id, answeredMs, gaveUp }));
}
