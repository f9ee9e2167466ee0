import type { Gateway } from '../support/gateway.ts';

export const VERDICTS = ['same', 'different', 'absent'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One thing that somebody relies on who uses Segment, and what becomes of it here: a row of the page and its test. */
export interface Row {
  /** What it is at Segment, in Markdown. */
  readonly about: string;
  readonly verdict: Verdict;
  /** What is different here and why, in a sentence; where it is the same, what is worth knowing, or nothing. */
  readonly note: string;
  /** Fails when the verdict no longer holds. */
  readonly check: (gateway: Gateway) => Promise<void>;
}

export interface Section {
  readonly title: string;
  /** What goes for all of its rows, in Markdown; empty for nothing. */
  readonly introduction: string;
  readonly rows: readonly Row[];
}

export const same = (about: string, note: string, check: Row['check']): Row => ({
  ...{ about, verdict: 'same', note, check },
});
export const different = (about: string, note: string, check: Row['check']): Row => ({
  ...{ about, verdict: 'different', note, check },
});
export const absent = (about: string, note: string, check: Row['check']): Row => ({
  ...{ about, verdict: 'absent', note, check },
});
