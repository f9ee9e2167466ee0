import { deliveryIdOf } from '../domain/delivery-id.ts';
import { eventIdOf, type Position } from '../domain/event.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { GapReport } from '../pipeline/stream-gap.ts';
import type { StreamFrames } from '../pipeline/stream-group.ts';
import type { StreamShown } from '../pipeline/stream-item.ts';
import type { AttemptReport } from '../ports/telemetry.ts';
import { shownRefusal } from './refused-routes.ts';
import { markText, messageText, OPENING } from './server-sent.ts';
import { shownAttempt } from './shown-attempt.ts';
import { shownEventJson } from './shown-event.ts';

/**
 * Messages of the live stream as server-sent events.
 *
 * @param epoch of the log, for ids of events
 */
export function makeStreamFrames(epoch: number): StreamFrames {
  return {
    item: (item, id) => messageText(item.kind, id, dataOf(epoch, item)),
    gap: (report, id) => messageText('gap', id, JSON.stringify(shownGap(epoch, report))),
    opening: () => OPENING,
    mark: markText,
  };
}

function dataOf(epoch: number, item: StreamShown): string {
  switch (item.kind) {
    case 'event':
      return shownEventJson(epoch, { ...item.event, position: item.position });
    case 'attempt':
      return JSON.stringify(shownReport(epoch, item.report));
    case 'refused':
      return JSON.stringify(item.sample === null ? null : shownRefusal(item.sample));
  }
}

function shownReport(epoch: number, report: AttemptReport) {
  const { destination, lane, replay, eventId, events, type, name, attempt, decided, retryAtMs } = report;
  const position = attempt.positions[0] ?? 0;
  return {
    delivery: deliveryIdOf({ lane, position }),
    destination,
    replay,
    event: eventIdOf(epoch, position),
    // What one request carried has one `webhook-id`.
    ...{ events, batch: events > 1 ? eventId : null, type, name },
    ...shownAttempt({ ...attempt, durationMs: Math.round(attempt.durationMs) }),
    decided,
    nextAttemptAt: retryAtMs === null ? null : isoOf(retryAtMs),
  };
}

function shownGap(epoch: number, { reason, counts, first, last, fromMs, toMs }: GapReport) {
  const idOf = (position: Position | null): string | null => (position === null ? null : eventIdOf(epoch, position));
  const timeOf = (ms: number | null): string | null => (ms === null ? null : isoOf(ms));
  const count = counts === null ? null : counts.event + counts.attempt + counts.refused;
  return { reason, count, counts, first: idOf(first), last: idOf(last), from: timeOf(fromMs), to: timeOf(toMs) };
}
