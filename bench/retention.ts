/**
 * A log that is always full, so that the oldest segments go while new ones are written: does that hold up whoever
 * sends, and does the disk stay as it is? Beside a Sluice with the same load that forgets nothing.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics } from '../test/support/prometheus-text.ts';
import type { SluiceProcess } from '../test/support/sluice-process.ts';
import { carry, QUIET_MS } from './measure.ts';
import type { Ends } from './measure.ts';
import { startSluiceProcess, stopCleanly } from './programs.ts';
import { bytesOnDisk } from './usage.ts';

/** How much of everything. All counts are of events. */
export interface RetentionScenario {
  readonly name: string;
  readonly title: string;
  /** `retention.log.size`. */
  readonly logMib: number;
  /** Sent flat out before anything is measured: more than the log may hold. */
  readonly filled: number;
  readonly events: number;
  readonly perSecond: number;
}

export const RETENTION: RetentionScenario = {
  name: 'retention',
  title: 'A log that is always full',
  logMib: 64,
  filled: 100_000,
  events: 200_000,
  perSecond: 5_000,
};

export const RETENTION_SMOKE: RetentionScenario = { ...RETENTION, filled: 2_000, events: 2_000, perSecond: 2_000 };

/** A number of the Sluice that forgets, beside that of one which keeps everything. */
export interface Beside {
  readonly keeping: number;
  readonly forgetting: number;
}

/** The scenario, once. */
export interface RetentionMeasurement {
  /** From when a call was due until its 200. */
  readonly answerP99Ms: Beside;
  readonly answerP999Ms: Beside;
  readonly answerWorstMs: Beside;
  /** The longest that the thread which takes calls was late for what was due. */
  readonly stallMs: Beside;
  /** Segments that went while it was measured. */
  readonly segmentsGone: Beside;
  /** Of the log: the most that was seen, and what was there in the end. */
  readonly logPeakBytes: Beside;
  readonly logEndBytes: Beside;
  readonly lost: number;
  readonly duplicates: number;
}

const BATCHES = { eventsPerCall: 10, connections: 32 } as const;
/** Between two looks at the disk. */
const LOOK_MS = 250;

/** Runs it once, with an endpoint of these ends. */
export async function measureRetention(
  ends: Ends,
  endpoint: string,
  scenario: RetentionScenario,
): Promise<RetentionMeasurement> {
  const keeping = await measureOne(ends, endpoint, scenario, null);
  const forgetting = await measureOne(ends, endpoint, scenario, scenario.logMib);
  const beside = (of: (one: One) => number): Beside => ({ keeping: of(keeping), forgetting: of(forgetting) });
  return {
    answerP99Ms: beside(({ p99 }) => p99),
    answerP999Ms: beside(({ p999 }) => p999),
    answerWorstMs: beside(({ worst }) => worst),
    stallMs: beside(({ stallMs }) => stallMs),
    segmentsGone: beside(({ segmentsGone }) => segmentsGone),
    logPeakBytes: beside(({ logPeakBytes }) => logPeakBytes),
    logEndBytes: beside(({ logEndBytes }) => logEndBytes),
    lost: keeping.lost + forgetting.lost,
    duplicates: keeping.duplicates + forgetting.duplicates,
  };
}

type One = Awaited<ReturnType<typeof measureOne>>;

async function measureOne(ends: Ends, endpoint: string, scenario: RetentionScenario, logMib: number | null) {
  const { filled, events, perSecond } = scenario;
  await using sluice = await startSluiceProcess(endpoint, logMib === null ? {} : { logMib });
  try {
    const full = await carry(ends, sluice.url, { ...BATCHES, first: 0, events: filled, callsPerSecond: null });
    await stallMsOf(sluice);
    const watch = new LogFolderWatch(sluice);
    const callsPerSecond = perSecond / BATCHES.eventsPerCall;
    const { sent, received } = await carry(ends, sluice.url, { ...BATCHES, first: filled, events, callsPerSecond });
    const stallMs = await stallMsOf(sluice);
    const watched = await watch.stop();
    await stopCleanly(sluice);
    const { duplicates } = await ends.receiver.ask({ kind: 'await', events: null, quietMs: QUIET_MS });
    const lost = filled - full.received.events + events - received.events;
    return { ...sent.answerMs, stallMs, ...watched, lost, duplicates: full.received.duplicates + duplicates };
  } catch (error) {
    throw new Error(`${scenario.name} failed; Sluice wrote to stderr:\n${sluice.stderr}`, { cause: error });
  }
}

/** Since it was asked before. */
async function stallMsOf({ url }: SluiceProcess): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return 1_000 * (readMetrics(page).value('sluice_event_loop_delay_seconds{thread="main",quantile="1"}') ?? NaN);
}

/** Which segments come and go, and what the log takes. */
class LogFolderWatch {
  readonly #folder: string;
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #peakBytes = 0;
  #looking: Promise<void> = Promise.resolve();

  constructor({ dataDir }: SluiceProcess) {
    this.#folder = join(dataDir, 'log');
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(async () => this.#look());
    }, LOOK_MS);
  }

  async stop(): Promise<{ segmentsGone: number; logPeakBytes: number; logEndBytes: number }> {
    clearInterval(this.#timer);
    await this.#looking;
    const left = this.#segments();
    const segmentsGone = [...this.#seen].filter((name) => !left.includes(name)).length;
    return { segmentsGone, logPeakBytes: this.#peakBytes, logEndBytes: await this.#bytes() };
  }

  async #look(): Promise<void> {
    for (const name of this.#segments()) this.#seen.add(name);
    this.#peakBytes = Math.max(this.#peakBytes, await this.#bytes());
  }

  #segments(): readonly string[] {
    return readdirSync(this.#folder).filter((name) => name.endsWith('.db'));
  }

  /** A file that goes meanwhile is counted the next time. */
  async #bytes(): Promise<number> {
    return bytesOnDisk(this.#folder).catch(() => 0);
  }
}
