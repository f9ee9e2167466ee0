/** A sender thread, as far as the choice of one goes. */
export interface Busy {
  /** Requests of all endpoints. */
  readonly inFlight: number;
}

/** Requests of one endpoint that its home takes alone: as many as an endpoint begins with (`pipeline/slots`). */
export const AT_HOME_MAX = 8;

/**
 * Which of the sender threads takes the next request of an endpoint: its home, as long as few of its requests are there,
 * so that a quiet endpoint has its connections in one thread and uses them again; and for one that has more in flight,
 * the thread with the fewest of all endpoints, home where it is among these.
 *
 * @param atHome requests of that endpoint that are in flight at its home
 */
export function chooseThread(home: number, atHome: number, threads: readonly Busy[]): number {
  if (atHome < AT_HOME_MAX) return home;
  let [chosen, fewest] = [home, threads[home]?.inFlight ?? Infinity];
  for (const [thread, { inFlight }] of threads.entries()) {
    if (inFlight < fewest) [chosen, fewest] = [thread, inFlight];
  }
  return chosen;
}
