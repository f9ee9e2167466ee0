import type { PausedEndpoint } from '../domain/delivery.ts';
import { OPERATOR_REASON } from '../domain/endpoint-standing.ts';
import type { DeliveryStore } from '../ports/delivery-store.ts';
import type { Lane } from './lane.ts';

/** The lanes of one destination, those of its replays included. */
type Lanes = readonly { readonly lane: Pick<Lane, 'endpoints' | 'fill'> }[];

/**
 * Stops attempts at a destination's endpoint, or at all that it has, until somebody resumes them. It is durable before
 * it is so. Attempts in flight end. Answers which are paused now; what was paused before stays so for its first reason.
 * Rejects `store_full`.
 *
 * @param url null: all of them
 */
export async function pauseEndpoints(
  store: Pick<DeliveryStore, 'pause'>,
  lanes: Lanes,
  { destination, url, nowMs }: { readonly destination: string; readonly url: string | null; readonly nowMs: number },
): Promise<readonly string[]> {
  const gates = new Map(lanes.flatMap(({ lane }) => lane.endpoints.map((each) => [each.url, each.gate] as const)));
  const paused = [...gates]
    .filter(([each]) => url === null || each === url)
    .map(([each, { standing }]): PausedEndpoint => {
      // What paused it just now may not be in the store yet.
      const isPaused = standing.state === 'paused';
      const reason = (isPaused ? standing.reason : null) ?? OPERATOR_REASON;
      return { destination, url: each, reason, sinceMs: (isPaused ? standing.sinceMs : null) ?? nowMs };
    });
  await store.pause(paused);
  for (const each of paused) gates.get(each.url)?.pause(each.reason, each.sinceMs);
  // What they had ready waits in the log.
  for (const { lane } of lanes) lane.fill();
  return paused.map((each) => each.url);
}

/**
 * Ends the pause of a destination's endpoint, or of all that it has: what waited for them is attempted. Answers whose
 * pauses ended, by URL. What is in flight may pause them again.
 *
 * @param url null: all of them
 */
export async function resumeEndpoints(
  store: Pick<DeliveryStore, 'paused' | 'resume'>,
  lanes: Lanes,
  { destination, url }: { readonly destination: string; readonly url: string | null },
): Promise<readonly string[]> {
  const paused = (await store.paused()).filter(
    (each) => each.destination === destination && (url === null || each.url === url),
  );
  await store.resume(paused);
  for (const { lane } of lanes)
    for (const each of lane.endpoints) if (url === null || each.url === url) each.gate.resume();
  return paused.map((each) => each.url);
}
