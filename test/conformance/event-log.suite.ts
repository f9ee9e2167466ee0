import { eventLogAppendingSuite } from './event-log-appending.suite.ts';
import { eventLogKeepingSuite } from './event-log-keeping.suite.ts';
import { eventLogReadingSuite } from './event-log-reading.suite.ts';
import { eventLogRestoredSuite } from './event-log-restored.suite.ts';
import type { EventLogBackend } from './event-log.subject.ts';

/** What every event log promises; see `src/ports/event-log.ts`. */
export function eventLogSuite(backend: EventLogBackend): void {
  eventLogAppendingSuite(backend);
  eventLogReadingSuite(backend);
  eventLogKeepingSuite(backend);
  eventLogRestoredSuite(backend);
}
