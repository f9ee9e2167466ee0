import type { Parked } from '../domain/delivery.ts';
import type { Taken } from './window.ts';

/** What a round of attempts was made for: an event as it was taken, or one that was parked. */
export type Subject = Taken | Parked;

export function isParked(subject: Subject): subject is Parked {
  return 'suspicion' in subject;
}
