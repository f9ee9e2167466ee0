import type { Answer } from '../../../contract/operation.ts';
import type { Operations } from '../../../contract/operations.ts';
import type { FateState } from '../../../contract/vocabulary.ts';
import type { Paint, Tone } from '../../colors.ts';
import { printable } from '../../printable.ts';

export type Fate = Answer<Operations['getEvent']>['destinations'][number];

interface Told {
  readonly tone: Tone;
  readonly isFinal: boolean;
  readonly words: string;
}

const FATES: Readonly<Record<FateState, Told>> = {
  delivered: { tone: 'good', isFinal: true, words: 'delivered' },
  dead: { tone: 'bad', isFinal: true, words: 'dead: no attempt is left' },
  cancelled: { tone: 'quiet', isFinal: true, words: 'cancelled' },
  waiting: { tone: 'quiet', isFinal: false, words: 'waiting' },
  held: { tone: 'bad', isFinal: false, words: 'waiting: all endpoints are held or paused' },
  filtered: { tone: 'quiet', isFinal: true, words: 'filtered: it does not go there' },
  disabled: { tone: 'quiet', isFinal: true, words: 'not sent: the destination is disabled' },
  unknown: { tone: 'quiet', isFinal: true, words: 'nothing is known of it' },
};

/** What became of an event at a destination, in a line. */
export function fateText({ destination, state, reason, deliveries }: Fate, paint: Paint): string {
  const { tone, words } = toldOf(state);
  const why = reason === null ? '' : ` (${printable(reason)})`;
  const ids = deliveries.length === 0 ? '' : `  ${paint('quiet', deliveries.map((id) => printable(id)).join(', '))}`;
  return `→ ${printable(destination)}  ${paint(tone, words)}${why}${ids}`;
}

/** Whether it will stay so by itself. */
export function isFinal({ state }: Pick<Fate, 'state'>): boolean {
  return toldOf(state).isFinal;
}

/** A later version may have states that are not known here: they are shown as they are. */
function toldOf(state: FateState): Told {
  return Object.hasOwn(FATES, state) ? FATES[state] : { tone: 'quiet', isFinal: false, words: printable(state) };
}
