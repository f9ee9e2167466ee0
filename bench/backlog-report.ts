import type { BacklogMeasurement, BacklogScenario, Compared } from './backlog.ts';
import { type ComparedRow, comparisonTable, number } from './table.ts';

/** All rounds of the backlog, in the order in which they were made. */
export interface BacklogResult {
  readonly scenario: BacklogScenario;
  readonly rounds: readonly BacklogMeasurement[];
}

const MIB = 1_024 * 1_024;

const ROWS: readonly ComparedRow<BacklogMeasurement, Compared>[] = [
  { title: 'accepted, events/s', of: (m) => m.acceptedPerSecond, digits: 0 },
  { title: 'delivered, events/s', of: (m) => m.deliveredPerSecond, digits: 0 },
  { title: 'start after a clean stop, ms', of: (m) => m.startAfterStopMs, digits: 0 },
  { title: 'start after `kill -9`, ms', of: (m) => m.startAfterKillMs, digits: 0 },
  { title: 'peak memory while it accepts, MiB', of: (m) => mib(m.rssAcceptingBytes), digits: 0 },
  { title: 'peak memory until it listens, MiB', of: (m) => mib(m.rssStartedBytes), digits: 0 },
  { title: 'peak memory while it delivers, MiB', of: (m) => ({ waiting: m.rssDeliveringBytes / MIB }), digits: 0 },
  { title: 'on disk, bytes per event', of: (m) => ({ waiting: m.diskBytesPerEvent }), digits: 0 },
  { title: 'lost', of: (m) => ({ waiting: m.lost }), digits: 0 },
  { title: 'duplicates after a clean stop', of: (m) => ({ waiting: m.duplicatesAfterStop }), digits: 0 },
  { title: 'duplicates after `kill -9`', of: (m) => ({ waiting: m.duplicatesAfterKill }), digits: 0 },
];

/** One line about one round, for whoever watches the run. */
export function backlogLineOf(m: BacklogMeasurement): string {
  const shown = [
    `accepts ${of(m.acceptedPerSecond)}/s`,
    `delivers ${of(m.deliveredPerSecond)}/s`,
    `starts in ${number(m.startAfterStopMs.waiting, 0)} ms, after kill -9 in ${number(m.startAfterKillMs.waiting, 0)} ms`,
    `at most ${number(Math.max(m.rssAcceptingBytes.waiting, m.rssStartedBytes.waiting, m.rssDeliveringBytes) / MIB, 0)} MiB`,
    `lost ${m.lost}`,
    `duplicates ${m.duplicatesAfterStop} after a clean stop, ${m.duplicatesAfterKill} after kill -9`,
  ];
  return `  waiting   ${shown.join(', ')}`;
}

/** The whole section: what was done, and the medians. */
export function backlogSectionOf({ scenario, rounds }: BacklogResult): string {
  const { title, waiting, leg, turns, turn, flatOut } = scenario;
  const count = (value: number): string => number(value, 0);
  return `## ${title}

The endpoint of a destination hangs (\`timeoutMs: 60000\`, \`retries: 20\`, so that no event is given up) while
${count(waiting + 2 * leg)} events are accepted in batches of 100 over 16 connections. Sluice is killed; the endpoint recovers; after
${count(leg)} deliveries Sluice is stopped, after ${count(leg)} more it is killed again. ${rounds.length} round(s).

- **accepted**: the last ${count(turns * turn)} of these events, in turns with as many of a second Sluice in which almost none wait.
  Both were started just before, and both endpoints hang.
- **delivered**: from the endpoint's last recovery to the last arrival, while nothing else is sent. Nothing waiting:
  the same Sluice afterwards, ${count(flatOut)} events from the first sending to the last arrival, so that it accepts beside it.
- **start**: from the start of the process until it says that it listens, with ${count(waiting)} events or more waiting and
  their files in the system's cache. Nothing waiting: the same folder before the first event.
- **on disk**: the data folder after the first kill, write-ahead logs included.

${backlogTableOf({ scenario, rounds })}`;
}

export function backlogTableOf({ scenario, rounds }: BacklogResult): string {
  const titles = ['nothing waiting', `${number(scenario.waiting, 0)} waiting`, 'waiting ÷ nothing'] as const;
  return comparisonTable<BacklogMeasurement, Compared>({ keys: ['empty', 'waiting'], titles }, ROWS, rounds);
}

function mib({ empty, waiting }: Compared): Compared {
  return { empty: empty / MIB, waiting: waiting / MIB };
}

function of({ empty, waiting }: Compared): string {
  return `${number(waiting, 0)} (empty ${number(empty, 0)})`;
}
