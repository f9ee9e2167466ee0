import type { AttemptRecord } from '../../src/domain/attempt.ts';
import type { NewEvent } from '../../src/domain/event.ts';
import type { AttemptReport } from '../../src/ports/telemetry.ts';

/** A track call of user `u1` at source `dev`, as ingest makes it. */
export function makeEvent(fields: Partial<NewEvent> = {}): NewEvent {
  return {
    ...{ source: 'dev', type: 'track', messageId: 'm-1', name: 'Hello', user: 'u1', receivedAtMs: 0 },
    ...{ integrations: null, body: '{}' },
    ...fields,
  };
}

/** What telemetry is told of a first attempt that succeeded at once. */
export function makeReport(attempt: Partial<AttemptRecord> = {}, rest: Partial<AttemptReport> = {}): AttemptReport {
  return {
    ...{
      destination: 'crm',
      lane: 1,
      replay: null,
      eventId: 'evt_1',
      events: 1,
      type: 'track',
      name: 'Hello',
      message: null,
      retryAtMs: null,
    },
    ...{ decided: 'delivered', isSplit: false, receivedAtMs: 0 },
    attempt: {
      ...{ positions: [1], endpoint: 'https://a.example/', number: 1, atMs: 0, durationMs: 1 },
      ...{ outcome: 'succeeded', status: 200, errorCode: null, exchange: null },
      ...attempt,
    },
    ...rest,
  };
}
