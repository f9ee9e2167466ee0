import type { Telemetry } from './telemetry.ts';

/** The log: JSON lines, one wide record per thing that happened. */
export interface Log extends Telemetry {
  /** What happens to the process itself: it started, it stops. */
  note(what: string, details: Readonly<Record<string, unknown>>): void;
  /** The process ends of it: an error that nobody expected, with its stack. */
  failed(error: unknown): void;
  /** Resolves when all was written, or a second later when nobody reads it. Afterwards nothing may be logged. */
  close(): Promise<void>;
}
