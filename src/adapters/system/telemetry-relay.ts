import type { MessagePort } from 'node:worker_threads';
import { isFailure } from '../../domain/attempt.ts';
import { TurnGathering } from '../../lib/turn-gathering.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

/** What is counted where it happens, as often as events come, is never told to another thread. */
export type Relayed = Omit<Telemetry, 'filtered'>;

/** One call of a telemetry method, on its way to another thread. */
type Told = { [Method in keyof Relayed]: readonly [Method, ...Parameters<Relayed[Method]>] }[keyof Relayed];

/** What waits to be sent at most; beyond it the oldest is left out, since whoever watches cannot follow anyway. */
const WAITING_MAX = 10_000;

/**
 * Telemetry of a thread, told to the thread at the other end of the port, many reports a message.
 *
 * @param successes whether attempts that succeeded are told too: only when somebody watches
 */
export function relayTelemetry(port: MessagePort, ambient: Ambient, successes: boolean): Telemetry {
  const gathering = new TurnGathering<Told>(ambient, (waiting) => {
    port.postMessage(waiting);
  });
  const tell = (told: Told): void => {
    const waiting = gathering.open();
    waiting.push(told);
    if (waiting.length > WAITING_MAX) waiting.shift();
  };
  return {
    accepted: (...report) => {
      tell(['accepted', ...report]);
    },
    refused: (...report) => {
      tell(['refused', ...report]);
    },
    attempted: (report) => {
      if (successes || isFailure(report.attempt)) tell(['attempted', report]);
    },
    died: (...report) => {
      tell(['died', ...report]);
    },
    expired: (...report) => {
      tell(['expired', ...report]);
    },
    filtered: () => undefined,
    endpointChanged: (...report) => {
      tell(['endpointChanged', ...report]);
    },
    trouble: (...report) => {
      tell(['trouble', ...report]);
    },
  };
}

/** The other end: hands what the thread tells to this thread's telemetry. */
export function receiveTelemetry(port: MessagePort, telemetry: Relayed): void {
  port.on('message', (told: readonly Told[]) => {
    for (const each of told) retell(each, telemetry);
  });
}

function retell(told: Told, telemetry: Relayed): void {
  switch (told[0]) {
    case 'accepted':
      telemetry.accepted(told[1], told[2], told[3]);
      return;
    case 'refused':
      telemetry.refused(told[1]);
      return;
    case 'attempted':
      telemetry.attempted(told[1]);
      return;
    case 'died':
      telemetry.died(told[1], told[2], told[3]);
      return;
    case 'expired':
      telemetry.expired(told[1], told[2]);
      return;
    case 'endpointChanged':
      telemetry.endpointChanged(told[1]);
      return;
    case 'trouble':
      telemetry.trouble(told[1], told[2]);
  }
}
