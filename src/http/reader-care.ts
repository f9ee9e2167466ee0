import { streamStuckMs, streamWaitingBytesMax } from '../domain/limits.ts';
import type { StreamReader } from '../pipeline/stream-group.ts';
import type { Ambient } from '../ports/ambient.ts';

/** Proxies give up on what says nothing for a minute, some for half of one. */
const MARK_EVERY_MS = 15_000;
const CHECK_EVERY_MS = 60_000;

/** Looks after one reader of a stream, so that none stays who takes nothing any more, or may not read. */
export class ReaderCare {
  readonly #reader: StreamReader;
  readonly #ambient: Pick<Ambient, 'elapsedMs'>;
  #writtenAtMs: number;
  #allowedAtMs: number;
  /** Since when it takes nothing; null while it does. */
  #stuckAtMs: number | null = null;

  constructor(reader: StreamReader, ambient: Pick<Ambient, 'elapsedMs'>) {
    this.#reader = reader;
    this.#ambient = ambient;
    this.#writtenAtMs = ambient.elapsedMs();
    this.#allowedAtMs = this.#writtenAtMs;
  }

  /** By the last look. */
  get isStuck(): boolean {
    return this.#stuckAtMs !== null;
  }

  /** Nothing was said for so long that a mark is due. */
  get isQuiet(): boolean {
    return this.#ambient.elapsedMs() - this.#writtenAtMs >= MARK_EVERY_MS;
  }

  write(text: string): void {
    this.#writtenAtMs = this.#ambient.elapsedMs();
    this.#reader.write(Buffer.from(text));
  }

  /** Looks whether it takes what it is sent. */
  look(): void {
    if (this.#reader.waitingBytes <= streamWaitingBytesMax) this.#stuckAtMs = null;
    else this.#stuckAtMs ??= this.#ambient.elapsedMs();
  }

  /** Whether it may stay: not when it was stuck for too long, nor when it may not read any more, asked once a minute. */
  mayStay(): boolean {
    const nowMs = this.#ambient.elapsedMs();
    if (this.#stuckAtMs !== null && nowMs - this.#stuckAtMs > streamStuckMs) return false;
    if (nowMs - this.#allowedAtMs < CHECK_EVERY_MS) return true;
    this.#allowedAtMs = nowMs;
    return this.#reader.isStillAllowed();
  }
}
