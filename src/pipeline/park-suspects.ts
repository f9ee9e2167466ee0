import type { LoggedEvent, Position } from '../domain/event.ts';
import { windowEventsMax } from '../domain/limits.ts';
import { assert } from '../lib/assert.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { DeliveryStore, Grant } from '../ports/delivery-store.ts';
import type { DueClock } from './due-clock.ts';
import type { Feed } from './feed.ts';

/** How a lane's window is read after a crash. */
const PAGE = { eventsMax: 256, charsMax: 1024 * 1024 };

interface Parking {
  readonly feed: Feed;
  /** Each user's events go one after the other. */
  readonly keepsOrder: boolean;
  readonly store: DeliveryStore;
  readonly ambient: Ambient;
  readonly clock: DueClock;
}

/** Brings what a lane owes into the shape in which it goes on: after an unclean stop, or without the order it had. */
export async function prepareGrant(grant: Grant, parking: Parking): Promise<Grant> {
  const { keepsOrder, store, clock } = parking;
  const prepared = await parkSuspects(grant, parking);
  if (keepsOrder || prepared.blockedUsers.size === 0) return prepared;
  const nowMs = clock.nowMs();
  await store.dissolveOrder(grant.lane, grant.term, nowMs);
  return { ...prepared, nextDueAtMs: Math.min(nowMs, prepared.nextDueAtMs ?? nowMs), blockedUsers: new Map() };
}

/**
 * After an unclean stop, parks what a lane may have had in flight, as suspects: from then on the store knows what is
 * tried, so that an event that kills the process is found out. Answers the grant as it is afterwards.
 */
export async function parkSuspects(grant: Grant, { feed, keepsOrder, store, ambient, clock }: Parking): Promise<Grant> {
  if (!grant.wasUnclean) return grant;
  const { lane, term } = grant;
  const atMs = ambient.nowMs();
  const { suspects, upTo } = await windowOf(grant, feed);
  const floor = Math.max(grant.floor, upTo);
  const blockedUsers = new Map(grant.blockedUsers);
  const parked = suspects.map(({ position, user: about }) => {
    const user = keepsOrder ? about : null;
    const ahead = user === null ? 0 : (blockedUsers.get(user) ?? 0);
    if (user !== null) blockedUsers.set(user, ahead + 1);
    return { position, user, attempts: 0, batch: null, dueAtMs: ahead > 0 ? null : clock.nowMs(), suspicion: 1 };
  });
  const over = await store.settle([
    { lane, term, floor, atMs, finished: [], parked, attempts: [], counts: [], expired: 0, paused: [] },
  ]);
  assert(over.length === 0, 'a lane that was just granted is still held');
  return {
    ...grant,
    floor,
    settledAbove: grant.settledAbove.filter((position) => position > floor),
    nextDueAtMs: parked.find(({ dueAtMs }) => dueAtMs !== null)?.dueAtMs ?? grant.nextDueAtMs,
    parked: grant.parked + parked.length,
    blockedUsers,
  };
}

type Suspect = Pick<LoggedEvent, 'position' | 'user'>;

/** What a lane may have taken past its floor and not settled. Read in pages, since the bodies are not kept. */
async function windowOf(
  { floor, settledAbove }: Grant,
  { log, sources, tail, isWanted }: Feed,
): Promise<{ readonly suspects: readonly Suspect[]; readonly upTo: Position }> {
  const settled = new Set(settledAbove);
  const suspects: Suspect[] = [];
  let upTo = floor;
  for (let left = windowEventsMax; left > 0 && upTo < tail.position;) {
    const slice = await log.read({
      ...{ sources, after: upTo, upTo: tail.position },
      ...{ eventsMax: Math.min(left, PAGE.eventsMax), charsMax: PAGE.charsMax },
    });
    for (const event of slice.events) {
      if (!settled.has(event.position) && isWanted(event))
        suspects.push({ position: event.position, user: event.user });
    }
    left -= slice.events.length;
    upTo = slice.upTo;
  }
  return { suspects, upTo };
}
