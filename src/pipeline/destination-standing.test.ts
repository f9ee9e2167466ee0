import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeDestination } from '../../test/support/inside.ts';
import { standingOf } from './destination-standing.ts';
import type { LaneStatus } from './lane-status.ts';

const CRM = makeDestination('crm', ['/a', '/b']);
const open = (url: string) => ({ url, state: 'open', reason: null, sinceMs: null }) as const;
const paused = (url: string) => ({ url, state: 'paused', reason: 'operator', sinceMs: 7 }) as const;
const unknown = (url: string) => ({ url, state: null, reason: null, sinceMs: null }) as const;
const OWED = { waiting: 3, parked: 1, inFlight: 1, oldestAtMs: 5, expired: 2 };
const status = (...endpoints: LaneStatus['endpoints']): LaneStatus => ({ destination: 'crm', ...OWED, endpoints });

describe('the standing of a destination', () => {
  it('has its endpoints in the order of its settings, and what it is owed', () => {
    assert.deepEqual(standingOf(CRM, [status(paused('/b'), open('/a'))]), {
      endpoints: [open('/a'), paused('/b')],
      owed: OWED,
      isHeld: false,
    });
    assert.equal(standingOf(CRM, [status(paused('/a'), paused('/b'))]).isHeld, true);
  });

  it('is nothing owed and nothing held where it is disabled, whoever answers', () => {
    const nothing = { waiting: 0, parked: 0, inFlight: 0, oldestAtMs: null, expired: 0 };
    for (const statuses of [null, []])
      assert.deepEqual(standingOf({ ...CRM, enabled: false }, statuses), {
        ...{ endpoints: [open('/a'), open('/b')], owed: nothing, isHeld: false },
      });
  });

  it('is not known when nobody answers, or its lanes are about to be there', () => {
    for (const statuses of [null, [{ ...status(open('/a')), destination: 'ads' }]])
      assert.deepEqual(standingOf(CRM, statuses), {
        ...{ endpoints: [unknown('/a'), unknown('/b')], owed: null, isHeld: null },
      });
    assert.deepEqual(standingOf(CRM, [status(open('/a'))]).endpoints, [open('/a'), unknown('/b')]);
  });
});
