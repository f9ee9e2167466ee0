import { timingSafeEqual } from 'node:crypto';
import type { Ambient } from '../ports/ambient.ts';
import type { SecretBox } from '../ports/secret-box.ts';

/** Ids of request bins. Whoever has not been given one cannot come by one. */
export interface BinIds {
  make(): string;
  /** Whether it is one of these, made by whichever process of this data folder. */
  isOne(id: string): boolean;
}

const NAME = /^bin_([0-9a-f]{32})([\w-]{22})$/;
/** 132 bits. */
const MARK_CHARS = 22;

/**
 * An id carries the mark of the folder's key, so that what a bin's URL was given to need not be given another after a
 * restart, and nothing of bins is on disk.
 */
export function makeBinIds({ box, ambient }: { box: Pick<SecretBox, 'mark'>; ambient: Pick<Ambient, 'uuid'> }): BinIds {
  const markOf = (name: string): string => box.mark(name, 'bin').slice(0, MARK_CHARS);
  return {
    make: () => {
      const name = ambient.uuid().replaceAll('-', '');
      return `bin_${name}${markOf(name)}`;
    },
    isOne: (id) => {
      const [, name, mark] = NAME.exec(id) ?? [];
      return name !== undefined && mark !== undefined && timingSafeEqual(Buffer.from(markOf(name)), Buffer.from(mark));
    },
  };
}
