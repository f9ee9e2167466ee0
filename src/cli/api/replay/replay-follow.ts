import { ApiError } from '../../../contract/client.ts';
import type { Answer } from '../../../contract/operation.ts';
import type { Operations } from '../../../contract/operations.ts';
import type { Paint } from '../../colors.ts';
import { note } from '../../output.ts';
import { agoText, counted, countText, durationText, printable } from '../../printable.ts';
import { Pace, ProgressLine } from '../../progress.ts';
import { fieldLines } from '../../table.ts';
import type { Remote } from '../api-command.ts';

export type Replay = Answer<Operations['getReplay']>;

/** As often as one can read a number. */
const LOOK_EVERY_MS = 500;
/** A Sluice that is started anew is back within that many looks, and the replay goes on. */
const FAILED_LOOKS_MAX = 60;

/** Whether it has ended. */
export function hasEnded({ state }: Pick<Replay, 'state'>): boolean {
  return state === 'finished' || state === 'cancelled';
}

/**
 * Shows how far a replay has come until it has ended or pauses. Whoever interrupts that leaves it running, and is told
 * how to find it again.
 */
export async function follow({ client }: Pick<Remote, 'client'>, replay: Replay): Promise<Replay> {
  const line = new ProgressLine();
  const pace = new Pace();
  const interrupted = (): void => {
    line.clear();
    note(...leftRunning(replay.id));
    // As a shell does for who was interrupted.
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  try {
    let now = replay;
    for (let failures = 0; !hasEnded(now) && now.state !== 'paused';) {
      pace.mark(now.done, performance.now());
      line.show(shareOf(now), failures === 0 ? progressText(now, pace) : 'Sluice does not answer; asking again');
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      try {
        now = await client.getReplay({ params: { id: replay.id } });
        failures = 0;
      } catch (error) {
        failures += 1;
        const mayPass = !(error instanceof ApiError) || error.status >= 500;
        if (mayPass && failures < FAILED_LOOKS_MAX) continue;
        line.clear();
        note(...leftRunning(replay.id));
        throw error;
      }
    }
    return now;
  } finally {
    line.clear();
    process.off('SIGINT', interrupted);
  }
}

export function leftRunning(id: string): readonly string[] {
  const shown = printable(id);
  return [
    `it goes on; follow it with \`sluice replay show ${shown} --follow\``,
    `end it with \`sluice replay cancel ${shown}\``,
  ];
}

function shareOf({ state, total, done }: Replay): number | null {
  if (state === 'counting') return null;
  return total === 0 ? 1 : done / total;
}

/** `340 of 1,200  48/s  about 18 s left  2 dead` */
export function progressText({ state, total, done, dead }: Replay, pace: Pick<Pace, 'perSecond' | 'leftMs'>): string {
  if (state === 'counting') return `counting: ${countText(total)} so far; nothing is sent yet`;
  const [perSecond, leftMs] = [pace.perSecond, pace.leftMs(total - done)];
  return [
    `${countText(done)} of ${countText(total)}`,
    ...(perSecond === null ? [] : [`${countText(Math.round(perSecond))}/s`]),
    ...(leftMs === null ? [] : [`about ${durationText(leftMs)} left`]),
    ...(dead === 0 ? [] : [`${countText(dead)} dead`]),
  ].join('  ');
}

/** How it ended, or stands, in a line. */
export function endText({ id, state, reason, delivered, dead, cancelled, expired, total }: Replay): string {
  const parts = [
    `${countText(delivered)} delivered`,
    ...(dead === 0 ? [] : [`${countText(dead)} dead`]),
    ...(cancelled === 0 ? [] : [`${countText(cancelled)} cancelled`]),
    ...(expired === 0 ? [] : [`${countText(expired)} expired`]),
  ];
  const why = reason === null ? '' : ` (${reason})`;
  return `${printable(id)} ${state === 'finished' ? 'has finished' : `is ${state}`}${why}: ${parts.join(', ')} of ${counted(total, 'delivery', 'deliveries')}`;
}

export function replayLines(replay: Replay, paint: Paint): readonly string[] {
  const { id, destination, state, reason, ratePerSecond, filter, from, to, createdAt, endedAt } = replay;
  const only = Object.entries(filter).map(([name, value]) => `${name} ${printable(String(value), 200)}`);
  const tone = state === 'finished' ? 'good' : state === 'cancelled' ? 'bad' : 'quiet';
  return [
    ...fieldLines(
      [
        ['id', printable(id)],
        ['destination', printable(destination)],
        ['state', `${paint(tone, state)}${reason === null ? '' : ` (${reason})`}`],
        ['events', only.length === 0 ? 'all of its sources' : only.join(', ')],
        ['received', `${from === null ? '' : `from ${from} `}${to === null ? '' : `to ${to}`}`.trim() || null],
        ['rate', ratePerSecond === null ? null : `${ratePerSecond} a second at most`],
        ['begun', agoText(createdAt)],
        ['ended', endedAt === null ? null : agoText(endedAt)],
      ],
      paint,
    ),
    '',
    endText(replay),
  ];
}
