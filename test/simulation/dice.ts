import { SimulatedAmbient } from '../support/simulated-ambient.ts';

/** The choices of one seed. */
export class Dice {
  readonly #chance: () => number;

  constructor(seed: number) {
    const ambient = new SimulatedAmbient({ seed: Math.imul(seed, 0x9e3779b1) });
    this.#chance = () => ambient.chance();
  }

  /** True once in so many times. */
  onceIn(times: number): boolean {
    return this.#chance() * times < 1;
  }

  upTo(max: number): number {
    return Math.floor(this.#chance() * (max + 1));
  }

  oneOf<T>(choices: readonly [T, ...T[]] | readonly T[]): T {
    return choices[this.upTo(choices.length - 1)]!;
  }
}
