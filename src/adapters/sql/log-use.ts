import { bytesByDay, type DiskUse, type Stretch } from '../../domain/disk.ts';
import type { Position } from '../../domain/event.ts';
import type { SegmentFolder } from './segment-folder.ts';
import type { SegmentShelf } from './segment-shelf.ts';

/** Segments that are looked at between two pauses: opening one takes up to half a millisecond. */
const AT_ONCE = 16;

/**
 * What the log takes, by day: from the first and last time in each segment. Those that are no longer written are opened
 * once, and known from then on.
 */
export class LogUse {
  readonly #shelf: SegmentShelf;
  readonly #folder: Pick<SegmentFolder, 'bytesOf' | 'bytes'>;
  #known = new Map<Position, Stretch>();

  constructor(shelf: SegmentShelf, folder: Pick<SegmentFolder, 'bytesOf' | 'bytes'>) {
    this.#shelf = shelf;
    this.#folder = folder;
  }

  async look(pause: () => Promise<void>): Promise<DiskUse> {
    const known = new Map<Position, Stretch>();
    const { firsts } = this.#shelf;
    for (const [index, first] of firsts.entries()) {
      if (index % AT_ONCE === AT_ONCE - 1) await pause();
      const stretch = this.#known.get(first) ?? this.#stretch(first);
      if (stretch !== null) known.set(first, stretch);
    }
    const days = bytesByDay([...known.values()]);
    // The newest grows, and the one before may still have a write-ahead log beside it.
    this.#known = new Map([...known].slice(0, -2));
    return { bytes: this.#folder.bytes(), unusedBytes: 0, days };
  }

  /** Null for one without an event, and for one that was pruned meanwhile. */
  #stretch(first: Position): Stretch | null {
    const segment = this.#shelf.open(first);
    const fromMs = segment?.oldestAtMs() ?? null;
    const toMs = segment?.latestAtMs() ?? null;
    if (fromMs === null || toMs === null) return null;
    return { fromMs, toMs, bytes: this.#folder.bytesOf(first) };
  }
}
