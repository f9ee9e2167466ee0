import type { Telemetry } from '../ports/telemetry.ts';

/** Tells both, in order. */
export function teeTelemetry(first: Telemetry, second: Telemetry): Telemetry {
  return {
    accepted: (...report) => {
      first.accepted(...report);
      second.accepted(...report);
    },
    refused: (...report) => {
      first.refused(...report);
      second.refused(...report);
    },
    attempted: (...report) => {
      first.attempted(...report);
      second.attempted(...report);
    },
    died: (...report) => {
      first.died(...report);
      second.died(...report);
    },
    expired: (...report) => {
      first.expired(...report);
      second.expired(...report);
    },
    trouble: (...report) => {
      first.trouble(...report);
      second.trouble(...report);
    },
  };
}
