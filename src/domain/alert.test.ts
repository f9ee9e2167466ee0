import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Alert, alertBody } from './alert.ts';

const ALERT: Alert = {
  ...{ kind: 'destination_held', state: 'begun', destination: 'crm' },
  ...{ atMs: 1_767_225_600_000, sinceMs: 1_767_225_590_000, message: 'crm: <a> & b' },
};

describe('the body of a request with alerts', () => {
  it('is an object for programs', () => {
    assert.deepEqual(JSON.parse(alertBody([ALERT], 'json')), {
      alerts: [
        {
          ...{ kind: 'destination_held', state: 'begun', destination: 'crm' },
          ...{ at: '2026-01-01T00:00:00.000Z', since: '2025-12-31T23:59:50.000Z', message: 'crm: <a> & b' },
        },
      ],
      more: 0,
    });
  });

  it('is a text for Slack, in which nothing is read as markup', () => {
    const { text } = JSON.parse(alertBody([ALERT, { ...ALERT, state: 'ended' }], 'slack')) as { text: string };
    assert.equal(
      text,
      ':red_circle: Sluice: crm: &lt;a&gt; &amp; b\n:large_green_circle: Sluice: crm: &lt;a&gt; &amp; b',
    );
  });

  it('lists so many, and says how many more there are', () => {
    const many = Array.from({ length: 60 }, () => ALERT);
    const { alerts, more } = JSON.parse(alertBody(many, 'json')) as { alerts: unknown[]; more: number };
    assert.deepEqual([alerts.length, more], [50, 10]);
    assert.match(alertBody(many, 'slack'), /\\nand 10 more"\}$/);
  });
});
