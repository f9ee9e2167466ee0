import type { BinStep } from '../../../domain/bin-script.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { printable } from '../../printable.ts';

/** `503*2`, `200+3s`, `hang`, `reset*1`, `again`: what, how often, and after what wait. */
const STEP = /^(?<what>\d{3}|hang|reset|again)(?:\+(?<wait>\d{1,6})(?<unit>ms|s|m))?(?:\*(?<times>[1-9]\d{0,6}))?$/;
const UNITS = { ms: 1, s: 1_000, m: 60_000 } as const;

/**
 * A step of a bin's script as one word of a command line. The server says what of it cannot be.
 *
 * @throws CommandFailure
 */
export function stepIn(word: string): BinStep {
  const { what = '', wait, unit, times } = STEP.exec(word)?.groups ?? {};
  if (what === '') {
    throw new CommandFailure('usage', `the step ${printable(word)} is none`, [
      'a step is a status, hang, reset or again, behind it +3s for a wait and *2 for how often: 503*2 200',
    ]);
  }
  return {
    ...(/^\d/.test(what) ? { status: Number(what) } : { [what]: true }),
    ...(wait === undefined ? {} : { delayMs: Number(wait) * UNITS[unit as keyof typeof UNITS] }),
    ...(times === undefined ? {} : { times: Number(times) }),
  };
}

/** The same the other way round, with what a word cannot say named. */
export function stepText({ status, hang, reset, again, delayMs, times, rate, headers, body }: BinStep): string {
  const what = status ?? (hang === true ? 'hang' : reset === true ? 'reset' : again === true ? 'again' : '200');
  const wait = delayMs === undefined ? '' : `+${delayMs % 1_000 === 0 ? `${delayMs / 1_000}s` : `${delayMs}ms`}`;
  const more = [
    ...(rate === undefined ? [] : [`with a chance of ${rate}`]),
    ...(headers === undefined ? [] : [`${Object.keys(headers).length} headers`]),
    ...(body === undefined ? [] : ['a body']),
  ];
  return `${what}${wait}${times === undefined ? '' : `*${times}`}${more.length === 0 ? '' : ` (${more.join(', ')})`}`;
}
