import { type DiskState, mebibytes } from '../../domain/disk.ts';
import { SluiceError } from '../../domain/errors.ts';

/** What is asked of the place where the log is kept. */
export interface Room {
  /** Null where nobody can tell. */
  freeBytes(): number | null;
  /** Finds out by writing so much. */
  hasRoom(bytes: number): boolean;
}

/** Past the reserve by so much of it, or so many bytes, before calls are accepted again: or each few KiB were news. */
const MARGIN_PART = 16;
const MARGIN_BYTES_MAX = 64 * 1024 * 1024;
/** What can be written before a disk that was full to the last byte counts as having room. */
const AGAIN_BYTES = 1024 * 1024;

/**
 * Keeps free disk for what must go on when the log may not: settling, retries, pruning.
 *
 *             ┌──commit would leave less than the reserve──▶ reserved ──more than the reserve──┐
 *     roomy ──┤                                                                                ├──▶ roomy
 *             └──a write found no room at all─────────────▶ spent ─────room for 1 MiB──────────┘
 * - **reserved**: commits are refused without being tried.
 * - **spent**: each commit is tried, since a small one may fit; reads of the free space mean little, because it may be
 *   a quota that is used up.
 *
 * Both are told as `isFull`. The free space is looked at before each commit: that costs 1 µs, where a commit costs a
 * hundred times as much and more, and so no burst can eat the reserve between two looks.
 */
export class DiskReserve {
  readonly #room: Room;
  readonly #reserveBytes: number;
  #isReserved = false;
  #isSpent = false;
  #freeBytes: number | null;

  constructor(room: Room, reserveBytes: number) {
    this.#room = room;
    this.#reserveBytes = reserveBytes;
    this.#freeBytes = room.freeBytes();
  }

  /** As of the last look. */
  get state(): DiskState {
    return {
      freeBytes: this.#freeBytes,
      reserveBytes: this.#reserveBytes,
      isFull: this.#isReserved || this.#isSpent,
    };
  }

  /**
   * To be called before a commit that will take about so many bytes.
   *
   * @throws SluiceError `log_full`
   */
  admit(bytes: number): void {
    this.#look(bytes);
    if (this.#isReserved) throw this.refusal();
  }

  /** A commit was written: after one that found no room, looks whether it was the last that fits. */
  wrote(): void {
    if (this.#isSpent) this.#isSpent = !this.#room.hasRoom(AGAIN_BYTES);
  }

  /** A write found no room. */
  foundNone(): void {
    this.#isSpent = true;
    this.#freeBytes = this.#room.freeBytes();
  }

  /** Looks again, for whoever asks while no call comes. */
  look(): DiskState {
    this.#look(0);
    this.wrote();
    return this.state;
  }

  refusal(cause?: unknown): SluiceError {
    const [free, reserve] = [mebibytes(this.#freeBytes), mebibytes(this.#reserveBytes)];
    return new SluiceError('log_full', { free, reserve }, cause);
  }

  #look(bytes: number): void {
    this.#freeBytes = this.#room.freeBytes();
    const margin = this.#isReserved ? Math.min(this.#reserveBytes / MARGIN_PART, MARGIN_BYTES_MAX) : 0;
    this.#isReserved =
      this.#reserveBytes > 0 && this.#freeBytes !== null && this.#freeBytes - bytes < this.#reserveBytes + margin;
  }
}
