import type { GapReason } from '../../../../src/contract/vocabulary.ts';
import { formatOf } from '../../format.ts';
import type { StreamMessage } from '../../live.ts';
import { refusalWords } from '../../parts/refusal.ts';

type DataOf<Kind extends StreamMessage['kind']> = Extract<StreamMessage, { kind: Kind }>['data'];

interface LineOf<Kind extends 'event' | 'refused' | 'gap'> {
  readonly key: string;
  readonly kind: Kind;
  readonly data: DataOf<Kind>;
  readonly title: string;
  readonly detail: string;
  readonly at: string | null;
  /** What was sent. */
  readonly text: string;
  /** What is searched, in lower case. */
  readonly sought: string;
}
export type Line = LineOf<'event'> | LineOf<'refused'> | LineOf<'gap'>;

/** As many as are kept on a page: the log has all of them. */
const LINES_MAX = 2_000;

export interface Ring {
  /** Newest first. */
  readonly lines: readonly Line[];
  /** How many came, ever, with those that a gap tells of. */
  readonly came: number;
}

export const NOTHING: Ring = { lines: [], came: 0 };

export function withoutLines({ came }: Ring): Ring {
  return { lines: [], came };
}

export function withMessages(before: Ring, messages: readonly StreamMessage[]): Ring {
  let { came } = before;
  const added: Line[] = [];
  for (const message of messages) {
    if (message.kind === 'attempt') continue;
    came += message.kind === 'gap' ? (message.data.count ?? 0) : 1;
    // A gap has the id of what follows it.
    added.push(lineOf(message, `${message.kind} ${message.id} ${came}`));
  }
  return { lines: [...added.reverse(), ...before.lines].slice(0, LINES_MAX), came };
}

function lineOf(message: Exclude<StreamMessage, { kind: 'attempt' }>, key: string): Line {
  switch (message.kind) {
    case 'event': {
      const { data } = message;
      const text = JSON.stringify(data.body);
      const title = data.name ?? data.type;
      const sought = `${data.id} ${text}`.toLowerCase();
      return { key, kind: 'event', data, title, detail: data.userId ?? '', at: data.receivedAt, text, sought };
    }
    case 'refused': {
      const { data } = message;
      const text = data.sample ?? '';
      const detail = refusalWords(data.reason);
      const sought = `${data.reason} ${detail} ${text}`.toLowerCase();
      return { key, kind: 'refused', data, title: data.type ?? data.route, detail, at: data.at, text, sought };
    }
    case 'gap': {
      const { data } = message;
      const detail = gapWords(data);
      return { key, kind: 'gap', data, title: 'Left out', detail, at: null, text: '', sought: detail.toLowerCase() };
    }
  }
}

const GAP_WORDS: Readonly<Record<GapReason, string>> = {
  too_fast: 'more came than the live stream carries',
  not_read: 'this page did not read as fast as they came',
  restarted: 'Sluice was started again',
  too_old: 'the connection was away for too long',
};

function gapWords({ reason, count }: DataOf<'gap'>): string {
  const what = count === null ? 'Some calls are' : count === 1 ? '1 call is' : `${formatOf(count, 'call')} are`;
  return `${what} not shown, because ${GAP_WORDS[reason]}. Nothing was lost: events has all that was accepted.`;
}

/** Those that have the text in them. A gap is told whatever is sought: it may have been in there. */
export function searched(lines: readonly Line[], text: string): readonly Line[] {
  const sought = text.trim().toLowerCase();
  return sought === '' ? lines : lines.filter((line) => line.kind === 'gap' || line.sought.includes(sought));
}
