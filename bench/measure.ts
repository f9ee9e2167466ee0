import { Party } from './party.ts';
import { WRITE_KEY, startProgram } from './programs.ts';
import type { Program, ProgramName } from './programs.ts';
import type { Latency } from './quantile.ts';
import type { Received, ReceiverQuestion } from './receiver.ts';
import type { Scenario } from './scenarios.ts';
import type { SendJob, Sent } from './sender.ts';
import { bytesOnDisk, cpuMsOf, peakRssBytesOf } from './usage.ts';

/** After this long without a request at the receiver, what is missing is lost. Longer than any wait for a retry. */
export const QUIET_MS = 10_000;

/** One scenario, once, through one program that was started for it. */
export interface Measurement {
  readonly events: number;
  /** From the first sending to the last 200. */
  readonly acceptedPerSecond: number;
  /** From the first sending to the last arrival, so that what was accepted and not yet delivered counts. */
  readonly deliveredPerSecond: number;
  /** Until the 200. */
  readonly answerMs: Latency;
  /** Until the endpoint has the event. */
  readonly endToEndMs: Latency;
  /** Processor time per event, all threads and processes; null where no program was measured. */
  readonly cpuUsPerEvent: number | null;
  /** The same of sender and receiver together: what of the machine the program could not have. */
  readonly endsCpuUsPerEvent: number;
  readonly peakRssBytes: number | null;
  /** What the endpoint got of each event, headers aside. */
  readonly bodyBytesPerEvent: number;
  /** After a clean stop, warm-up included; null where nothing is stored. */
  readonly diskBytesPerEvent: number | null;
  /** Never arrived, of the warm-up either. */
  readonly lost: number;
  /** Arrivals of what had arrived before, of the warm-up too. */
  readonly duplicates: number;
}

/** The two ends of every measurement. They live as long as the run, so that all programs meet them equally warm. */
export class Ends implements AsyncDisposable {
  readonly sender = new Party<SendJob, Sent>('sender.ts');
  readonly receiver = new Party<ReceiverQuestion, Received>('receiver.ts');

  /** Processor time so far, in milliseconds. */
  get cpuMs(): number {
    return cpuMsOf(this.sender.pid) + cpuMsOf(this.receiver.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.sender.stop(), this.receiver.stop()]);
  }
}

export async function measure(
  ends: Ends,
  endpoint: string,
  name: ProgramName,
  scenario: Scenario,
): Promise<Measurement> {
  const program = await startProgram(name, endpoint);
  try {
    return await measureRunning(ends, program, scenario);
  } catch (error) {
    throw new Error(`${scenario.name} through ${name} failed; it wrote to stderr:\n${program.stderr()}`, {
      cause: error,
    });
  } finally {
    await program.close();
  }
}

async function measureRunning(ends: Ends, program: Program, scenario: Scenario): Promise<Measurement> {
  const { warmUp, events } = scenario;
  const warm = await carry(ends, program.url, { ...scenario, callsPerSecond: null, first: 0, events: warmUp });
  const before = cpuOf(ends, program);
  const { sent } = await carry(ends, program.url, { ...scenario, first: warmUp, events });
  const after = cpuOf(ends, program);
  const peakRssBytes = program.pid === null ? null : peakRssBytesOf(program.pid);
  await program.stop();
  // Asked again, since a duplicate may have come after the last event.
  const received = await ends.receiver.ask({ kind: 'report' });
  const disk = program.dataDir === null ? null : await bytesOnDisk(program.dataDir);
  const usPerEvent = (ms: number): number => (ms * 1e3) / events;
  return {
    events,
    acceptedPerSecond: acceptedPerSecond(events, sent),
    deliveredPerSecond: (received.events * 1e6) / (received.lastUs - sent.firstUs),
    answerMs: sent.answerMs,
    endToEndMs: received.latencyMs,
    cpuUsPerEvent: before.ownMs === null || after.ownMs === null ? null : usPerEvent(after.ownMs - before.ownMs),
    endsCpuUsPerEvent: usPerEvent(after.endsMs - before.endsMs),
    peakRssBytes,
    bodyBytesPerEvent: received.bodyBytes / received.events,
    diskBytesPerEvent: disk === null ? null : disk / (warmUp + events),
    lost: warmUp - warm.received.events + events - received.events,
    duplicates: warm.received.duplicates + received.duplicates,
  };
}

/** Of events that were sent in one go. */
export function acceptedPerSecond(events: number, { firstUs, lastAnswerUs }: Sent): number {
  return (events * 1e6) / (lastAnswerUs - firstUs);
}

/** Sends that many events and waits until they have arrived. */
export async function carry(ends: Ends, url: string, load: Load): Promise<{ sent: Sent; received: Received }> {
  await ends.receiver.ask({ kind: 'expect', first: load.first, count: load.events, copies: load.copies ?? 1 });
  const sent = await send(ends, url, load);
  const received = await ends.receiver.ask({ kind: 'await', events: null, quietMs: QUIET_MS });
  return { sent, received };
}

/** What is sent in one go, to whom it may concern. */
export type Load = Omit<SendJob, 'url' | 'writeKeys'> & {
  /** The one of the usual source, where nothing is said. */
  readonly writeKeys?: readonly string[];
  /** How many endpoints get each event. */
  readonly copies?: number;
};

/** Sends that many events and waits until they are accepted. */
export async function send({ sender }: Ends, url: string, load: Load): Promise<Sent> {
  const { first, events, eventsPerCall, connections, callsPerSecond } = load;
  const writeKeys = load.writeKeys ?? [WRITE_KEY];
  return sender.ask({ url, writeKeys, first, events, eventsPerCall, connections, callsPerSecond });
}

function cpuOf(ends: Ends, { pid }: Program): { readonly ownMs: number | null; readonly endsMs: number } {
  return { ownMs: pid === null ? null : cpuMsOf(pid), endsMs: ends.cpuMs };
}
