import { isMatch } from '../domain/event-query.ts';
import type { LoggedEvent, Position } from '../domain/event.ts';
import type { LanePlan } from '../domain/lane-plan.ts';
import type { EventReader } from '../ports/event-log.ts';
import { makeIsWanted } from './choose-events.ts';
import { SelectedEvents } from './selected-events.ts';

/** The log as a lane reads it. */
export type LaneLog = Pick<EventReader, 'epoch' | 'read' | 'get' | 'count'>;

/** Which events a lane carries, and where it reads them. */
export interface Feed {
  readonly log: LaneLog;
  readonly sources: ReadonlySet<string>;
  /** How far it may read now. */
  readonly tail: { readonly position: Position };
  /** Beyond the source. */
  readonly isWanted: (event: LoggedEvent) => boolean;
}

/**
 * What comes, or for a replay the slice that it sends again. Of that too the destination gets only what its sender
 * means for it, and what its filter takes.
 *
 * @param tail how far the log has been handed out
 * @param onFiltered told of each new event that the destination's filter keeps away
 */
export function feedOf(
  { destination, speaks, replay }: LanePlan,
  log: LaneLog,
  tail: Feed['tail'],
  onFiltered: () => void = () => undefined,
): Feed {
  if (replay === null) {
    const isWanted = makeIsWanted(destination, speaks ? onFiltered : undefined);
    return { log, tail, isWanted, sources: new Set(destination.sources) };
  }
  const isWanted = makeIsWanted(destination);
  return {
    log: replay.positions === null ? log : new SelectedEvents(log, replay.positions),
    sources: new Set(replay.sources),
    tail: { position: replay.upTo },
    isWanted: (event) => isMatch(event, replay.query) && isWanted(event),
  };
}
