export const ENDPOINT_STATES = ['open', 'held', 'paused'] as const;
/**
 * Whether attempts at an endpoint are made: `open`, they are; `held`, Sluice waits for it to come back, and finds out by
 * itself; `paused`, it was stopped, and somebody must resume it. What is owed to it waits meanwhile.
 */
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/**
 * Why an endpoint is held: `circuit_breaker`, it failed for a while and is asked once in a while; `retry_after`, it said
 * when it wants to be asked again; `listener_away`, nobody runs `sluice listen` for it.
 */
export type HeldReason = 'circuit_breaker' | 'retry_after' | typeof LISTENER_AWAY;

export const LISTENER_AWAY = 'listener_away';

/** The reason that stands with an endpoint that somebody paused; with one that is gone it is `GONE_REASON`. */
export const OPERATOR_REASON = 'operator';

export interface EndpointStanding {
  readonly state: EndpointState;
  /** Of one that is held a `HeldReason`, of one that is paused what it was paused with; null when it is open. */
  readonly reason: string | null;
  /** By the wall clock; null when it is open. */
  readonly sinceMs: number | null;
}
