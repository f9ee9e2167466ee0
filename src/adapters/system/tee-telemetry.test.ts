import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeReport } from '../../../test/support/reports.ts';
import { teeTelemetry } from './tee-telemetry.ts';

describe('a tee', () => {
  it('tells each watcher what it wants to hear, in order', () => {
    const told: string[] = [];
    const telemetry = teeTelemetry(
      { attempted: ({ eventId }) => told.push(`first ${eventId}`) },
      { died: (destination, eventId, reason) => told.push(`second ${destination} ${eventId} ${reason}`) },
      {
        attempted: ({ eventId }) => told.push(`third ${eventId}`),
        expired: (...report) => told.push(report.join(' ')),
      },
    );
    telemetry.attempted(makeReport());
    telemetry.died('crm', 'evt_1', 'http_500');
    telemetry.expired('crm', 3);
    telemetry.trouble('nobody listens', {});
    assert.deepEqual(told, ['first evt_1', 'third evt_1', 'second crm evt_1 http_500', 'crm 3']);
  });
});
