import type { Socket } from 'node:net';
import type { ExchangeTiming } from '../../domain/attempt.ts';
import type { ConnectPhase } from './exchange-error.ts';

/** Told of each phase of connecting as it begins. */
export type OnPhase = (phase: keyof ExchangeTiming) => void;

/** Who waits for a connection. */
export interface Waiting {
  readonly onPhase: OnPhase;
  /** What comes over the connection once it is there. */
  readonly onBytes: (bytes: Buffer) => void;
  /** Either of these is called once, and not before `Open` has returned. */
  readonly ready: (socket: Socket) => void;
  readonly failed: (error: Error, phase: ConnectPhase) => void;
}

/** Begins to connect. What it returns gives up: `failed` is then called with that reason, unless an end came first. */
export type Open = (waiting: Waiting) => (reason: Error) => void;
