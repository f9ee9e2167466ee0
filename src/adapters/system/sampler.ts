import type { Ambient } from '../../ports/ambient.ts';

export interface SamplerOptions {
  readonly ambient: Ambient;
  readonly perSecondMax: number;
  /** Told once a second, after one in which something was left out. */
  readonly onLeftOut: (count: number) => void;
}

/** Lets a number of things through in each second, and counts the others. A second begins with its first thing. */
export function makeSampler({ ambient, perSecondMax, onLeftOut }: SamplerOptions): { isTaken(): boolean } {
  let seen = 0;
  const endSecond = (): void => {
    const leftOut = seen - perSecondMax;
    seen = 0;
    if (leftOut > 0) onLeftOut(leftOut);
  };
  return {
    isTaken: () => {
      if (seen === 0) ambient.after(1_000, endSecond);
      seen++;
      return seen <= perSecondMax;
    },
  };
}
