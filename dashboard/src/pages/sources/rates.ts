import { useCallback, useEffect, useState } from 'react';
import { useLive, type LiveState, type StreamMessage } from '../../live.ts';

/** Over which rates are counted: short enough to follow, long enough to be steady. */
export const RATE_OVER_MS = 10_000;

interface Second {
  readonly second: number;
  readonly counts: ReadonlyMap<string, number>;
  /** Events that were left out of the stream, of whatever source; null where nobody knows how many. */
  readonly missed: number | null;
}

export interface Rates {
  readonly state: LiveState;
  /** Events a second of a source; null while it is not known. */
  readonly of: (source: string) => number | null;
  /** Whether the stream left something out, so that there were more than is counted. */
  readonly isAtLeast: boolean;
}

/** How many events a second each source sends now, counted from the live stream. */
export function useRates(): Rates {
  const [sinceMs] = useState(() => Date.now());
  const [nowMs, setNowMs] = useState(sinceMs);
  const [seconds, setSeconds] = useState<readonly Second[]>([]);
  const onMessages = useCallback((messages: readonly StreamMessage[]) => {
    setSeconds((before) => counted(before, messages, Date.now()));
  }, []);
  const state = useLive({ kinds: 'event' }, onMessages);
  useEffect(() => {
    const clock = setInterval(() => {
      setNowMs(Date.now());
    }, 1_000);
    return () => {
      clearInterval(clock);
    };
  }, []);
  const recent = seconds.filter(({ second }) => second * 1_000 > nowMs - RATE_OVER_MS);
  const overMs = Math.min(RATE_OVER_MS, nowMs - sinceMs);
  return {
    state,
    isAtLeast: recent.some(({ missed }) => missed !== 0),
    of(source) {
      // The first seconds say nothing yet.
      if (state !== 'live' || overMs < 2_000) return null;
      const count = recent.reduce((sum, { counts }) => sum + (counts.get(source) ?? 0), 0);
      return count / (overMs / 1_000);
    },
  };
}

/** Another second at the end, and those that are too old gone. */
export function counted(
  before: readonly Second[],
  messages: readonly StreamMessage[],
  nowMs: number,
): readonly Second[] {
  const second = Math.floor(nowMs / 1_000);
  const last = before.at(-1);
  const counts = new Map(last?.second === second ? last.counts : []);
  let missed: number | null = last?.second === second ? last.missed : 0;
  for (const { kind, data } of messages) {
    if (kind === 'event') counts.set(data.source, (counts.get(data.source) ?? 0) + 1);
    if (kind === 'gap') missed = missed === null || data.count === null ? null : missed + data.count;
  }
  const kept = before.filter((each) => each.second !== second && each.second * 1_000 > nowMs - 2 * RATE_OVER_MS);
  return [...kept, { second, counts, missed }];
}
