/** How one destination stands: what it still owes, and since when. */
export interface LaneStatus {
  readonly destination: string;
  /** Accepted events that are not delivered to it yet, nor dead: those that wait for a retry are among them. */
  readonly waiting: number;
  /** Of these: those that wait for a retry. */
  readonly parked: number;
  readonly inFlight: number;
  /** When the oldest of those that wait was received; null when none waits. */
  readonly oldestAtMs: number | null;
  /** Events that went past the retention of the log before it took them, since the destination was made. */
  readonly expired: number;
}
