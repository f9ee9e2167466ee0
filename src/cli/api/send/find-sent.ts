import { ApiError, type Client } from '../../../contract/client.ts';
import { type Fate, isFinal } from '../events/fates.ts';

/** What is known of a call that was answered with 200. */
export type Sent =
  | { readonly state: 'accepted'; readonly id: string }
  | { readonly state: 'refused'; readonly reason: string; readonly message: string }
  /** Taken, and not to be found, for this reason. */
  | { readonly state: 'taken'; readonly why: string };

/** Refused calls are written once a second, and the index may be a little behind. */
const LOOKS_MAX = 12;
const LOOK_EVERY_MS = 250;

/** What became of the call with this message id: a library is told 200 in any case. */
export async function findSent(client: Client, messageId: string): Promise<Sent> {
  try {
    for (let look = 0; look < LOOKS_MAX; look += 1) {
      if (look > 0) await pause(LOOK_EVERY_MS);
      const [event] = (await client.listEvents({ query: { messageId, limit: 1 } })).data;
      if (event !== undefined) return { state: 'accepted', id: event.id };
      const refusal = (await client.listEvents({ query: { refused: true, limit: 100 } })).data.find(
        (call) => 'reason' in call && call.messageId === messageId,
      );
      if (refusal !== undefined && 'reason' in refusal) {
        return { state: 'refused', reason: refusal.reason, message: refusal.message };
      }
    }
    return { state: 'taken', why: 'it is neither among events nor among refused calls; many came at once' };
  } catch (error) {
    // Who may send may not always look.
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
      return { state: 'taken', why: 'what became of it only a token may ask: --token-file, SLUICE_TOKEN or --profile' };
    }
    throw error;
  }
}

interface Watching {
  readonly withinMs: number;
  /** Told whenever something else has become of the event at a destination. */
  readonly onFate: (fate: Fate) => void;
}

/** Waits until it is settled at each destination what becomes of an event, for so long at most. */
export async function watchFate(
  client: Client,
  id: string,
  { withinMs, onFate }: Watching,
): Promise<{ readonly destinations: readonly Fate[]; readonly isFinal: boolean }> {
  const told = new Map<string, string>();
  const endMs = performance.now() + withinMs;
  for (;;) {
    const { destinations } = await client.getEvent({ params: { id } });
    for (const fate of destinations) {
      const seen = `${fate.state} ${fate.reason ?? ''}`;
      if (told.get(fate.destination) === seen) continue;
      told.set(fate.destination, seen);
      // That it waits at first goes without saying.
      if (fate.state !== 'waiting' || told.size < destinations.length) onFate(fate);
    }
    const isOver = destinations.every(isFinal);
    if (isOver || performance.now() >= endMs) return { destinations, isFinal: isOver };
    await pause(LOOK_EVERY_MS);
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
