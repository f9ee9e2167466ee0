import { eventIdOf } from '../../domain/event.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { makePaint } from '../colors.ts';
import {
  acceptedLine,
  attemptLine,
  diedLine,
  endpointLine,
  expiredLine,
  refusedLine,
  troubleLine,
} from '../terminal-lines.ts';

/** The live view of `sluice dev`: a line in plain words for each event that arrives and each attempt that goes out. */
export interface Terminal extends Telemetry {
  /** Shows what was held back until now, and from now on everything at once. */
  open(): void;
}

export interface TerminalOptions {
  /** Takes whole lines, with their ends. */
  readonly write: (text: string) => void;
  readonly ambient: Ambient;
  readonly colors: boolean;
}

/** Lines shown in a second: what comes on top is summed up, since nobody can read it and writing it takes time. */
const LINES_PER_SECOND_MAX = 20;

/** What was left out in a second, in words. */
const COUNTED = {
  event: (count: number) => `${count} more ${plural(count, 'event')}`,
  duplicate: (count: number) => `${count} ${plural(count, 'duplicate')}`,
  refused: (count: number) => `${count} refused`,
  delivered: (count: number) => `${count} delivered`,
  failed: (count: number) => `${count} failed`,
  skipped: (count: number) => `${count} not needed`,
  dead: (count: number) => `${count} dead`,
  trouble: (count: number) => `${count} ${plural(count, 'warning')}`,
} as const;
type Counted = keyof typeof COUNTED;

/** Telemetry that writes for people. Holds its lines back until `open`, so that the program can say first where it is. */
export function makeTerminal({ write, ambient, colors }: TerminalOptions): Terminal {
  const paint = makePaint(colors);
  const lines = makeLimitedLines(ambient, (text) => {
    write(`${text}\n`);
  });
  return {
    open: lines.open,
    accepted: (epoch, events, positions) => {
      for (const [index, event] of events.entries()) {
        const position = positions[index] ?? 0;
        const eventId = position === 0 ? null : eventIdOf(epoch, position);
        lines.show(eventId === null ? 'duplicate' : 'event', () => acceptedLine(event, eventId, paint));
      }
    },
    refused: (refusal) => {
      lines.show('refused', () => refusedLine(refusal, paint));
    },
    attempted: (report) => {
      lines.show(OUTCOME_COUNTED[report.attempt.outcome], () => attemptLine(report, paint));
    },
    died: (destination, eventId, reason) => {
      lines.show('dead', () => diedLine(ambient.nowMs(), destination, eventId, reason, paint));
    },
    expired: (destination, count) => {
      lines.show('trouble', () => expiredLine(ambient.nowMs(), destination, count, paint));
    },
    filtered: () => undefined,
    endpointChanged: (report) => {
      lines.show('trouble', () => endpointLine(ambient.nowMs(), report, paint));
    },
    trouble: (what, details) => {
      lines.show('trouble', () => troubleLine(ambient.nowMs(), what, details, paint));
    },
  };
}

const OUTCOME_COUNTED = {
  succeeded: 'delivered',
  failed: 'failed',
  rejected: 'failed',
  skipped: 'skipped',
} as const satisfies Record<string, Counted>;

interface LimitedLines {
  readonly open: () => void;
  /** `line` is only asked for where it is shown: making it costs more than counting it. */
  readonly show: (counted: Counted, line: () => string) => void;
}

/** Lets `LINES_PER_SECOND_MAX` lines through in each second, and sums up the others at its end. */
function makeLimitedLines(ambient: Ambient, write: (line: string) => void): LimitedLines {
  let held: string[] | null = [];
  let shown = 0;
  let leftOut = new Map<Counted, number>();
  const put = (line: string): void => {
    if (held === null) write(line);
    else held.push(line);
  };
  const endSecond = (): void => {
    if (leftOut.size > 0) put(summaryLine(leftOut));
    shown = 0;
    leftOut = new Map();
  };
  return {
    open: () => {
      for (const line of held ?? []) write(line);
      held = null;
    },
    show: (counted, line) => {
      if (shown === 0) ambient.after(1_000, endSecond);
      if (shown < LINES_PER_SECOND_MAX) {
        shown++;
        put(line());
      } else {
        leftOut.set(counted, (leftOut.get(counted) ?? 0) + 1);
      }
    },
  };
}

function summaryLine(leftOut: ReadonlyMap<Counted, number>): string {
  const parts = Object.entries(COUNTED).flatMap(([counted, words]) => {
    const count = leftOut.get(counted as Counted);
    return count === undefined ? [] : [words(count)];
  });
  return `… and ${parts.join(', ')} in the last second`;
}

function plural(count: number, word: string): string {
  return count === 1 ? word : `${word}s`;
}
