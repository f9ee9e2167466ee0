import { REFUSALS } from '../../../src/contract/vocabulary.ts';

/** Why a call was refused, in plain words; its code where there are none. */
export function refusalWords(reason: string): string {
  const words: string | undefined = Object.hasOwn(REFUSALS, reason)
    ? REFUSALS[reason as keyof typeof REFUSALS]
    : undefined;
  return words ?? reason;
}
