/** One shape of load. All counts are of events, so that single calls and batches compare. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Sent before anything is measured, flat out, until connections stand and the code is compiled. */
  readonly warmUp: number;
  readonly events: number;
  readonly eventsPerCall: number;
  readonly connections: number;
  /** Null: flat out, a closed loop over the connections. */
  readonly callsPerSecond: number | null;
}

const FLAT_OUT = { callsPerSecond: null } as const;
const FIXED_RATE = { warmUp: 20_000, eventsPerCall: 1, connections: 64 } as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    ...FLAT_OUT,
    name: 'single',
    title: 'Single calls, flat out',
    warmUp: 60_000,
    events: 120_000,
    eventsPerCall: 1,
    connections: 64,
  },
  {
    ...FLAT_OUT,
    name: 'batch',
    title: 'Batches of 100, flat out',
    warmUp: 200_000,
    events: 400_000,
    eventsPerCall: 100,
    connections: 16,
  },
  { ...FIXED_RATE, name: 'rate-1000', title: 'Single calls, 1,000 a second', events: 8_000, callsPerSecond: 1_000 },
  { ...FIXED_RATE, name: 'rate-3000', title: 'Single calls, 3,000 a second', events: 24_000, callsPerSecond: 3_000 },
];

/** The same in a few seconds: enough to see that everything works, not to measure. */
export function smokeSizeOf(scenario: Scenario): Scenario {
  return { ...scenario, warmUp: 500, events: scenario.callsPerSecond === null ? 1_500 : 500 };
}
