import { Party } from './party.ts';
import { WRITE_KEY, startProgram } from './programs.ts';
import type { Program, ProgramName } from './programs.ts';
import type { Latency } from './quantile.ts';
import type { Received, ReceiverQuestion } from './receiver.ts';
import type { Scenario } from './scenarios.ts';
import type { SendJob, Sent } from './sender.ts';
import { bytesOnDisk, cpuMsOf, peakRssBytesOf } from './usage.ts';

/** After this long without a request at the receiver, what is missing is lost. Longer than any wait for a retry. */
const QUIET_MS = 10_000;

/** One scenario, once, through one program that was started for it. */
export interface Measurement {
  readonly events: number;
  /** From the first sending to the last arrival, so that what was accepted and not yet delivered counts. */
  readonly deliveredPerSecond: number;
  /** Until the 200. */
  readonly answerMs: Latency;
  /** Until the endpoint has the event. */
  readonly endToEndMs: Latency;
  /** Processor time per event; null where no program was measured. */
  readonly cpuUsPerEvent: number | null;
  readonly peakRssBytes: number | null;
  /** After a clean stop, warm-up included; null where nothing is stored. */
  readonly diskBytesPerEvent: number | null;
  /** Never arrived, of the warm-up either. */
  readonly lost: number;
  readonly duplicates: number;
}

/** The two ends of every measurement. They live as long as the run, so that all programs meet them equally warm. */
export class Ends implements AsyncDisposable {
  readonly sender = new Party<SendJob, Sent>('sender.ts');
  readonly receiver = new Party<ReceiverQuestion, Received>('receiver.ts');

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
  const warm = await carry(ends, program, { ...scenario, callsPerSecond: null, first: 0, events: warmUp });
  const cpuBeforeMs = cpuOf(program);
  const { sent, received } = await carry(ends, program, { ...scenario, first: warmUp, events });
  const cpuAfterMs = cpuOf(program);
  const peakRssBytes = program.pid === null ? null : peakRssBytesOf(program.pid);
  await program.stop();
  // Asked again, since a duplicate may have come after the last event.
  const { duplicates, events: came } = await ends.receiver.ask({ kind: 'report' });
  const disk = program.dataDir === null ? null : await bytesOnDisk(program.dataDir);
  return {
    events,
    deliveredPerSecond: (came * 1e6) / (received.lastUs - sent.firstUs),
    answerMs: sent.answerMs,
    endToEndMs: received.latencyMs,
    cpuUsPerEvent: cpuBeforeMs === null || cpuAfterMs === null ? null : ((cpuAfterMs - cpuBeforeMs) * 1e3) / events,
    peakRssBytes,
    diskBytesPerEvent: disk === null ? null : disk / (warmUp + events),
    lost: warmUp - warm.received.events + events - came,
    duplicates,
  };
}

/** Sends that many events and waits until they have arrived. */
async function carry(
  { sender, receiver }: Ends,
  { url }: Program,
  job: Omit<SendJob, 'url' | 'writeKey'>,
): Promise<{ sent: Sent; received: Received }> {
  await receiver.ask({ kind: 'expect', first: job.first, count: job.events });
  const { first, events, eventsPerCall, connections, callsPerSecond } = job;
  const sent = await sender.ask({
    url,
    writeKey: WRITE_KEY,
    first,
    events,
    eventsPerCall,
    connections,
    callsPerSecond,
  });
  const received = await receiver.ask({ kind: 'complete', quietMs: QUIET_MS });
  return { sent, received };
}

function cpuOf({ pid }: Program): number | null {
  return pid === null ? null : cpuMsOf(pid);
}
