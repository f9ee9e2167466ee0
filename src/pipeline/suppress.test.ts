import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewEvent } from '../domain/event.ts';
import { makeSuppression } from './suppress.ts';

const event = (source: string, call: object): NewEvent => ({
  ...{ source, type: 'track', messageId: 'm', name: 'e', receivedAtMs: 0, integrations: null },
  user: 'userId' in call ? String(call.userId) : null,
  body: JSON.stringify(call),
});

describe('suppression', () => {
  const open = (people: readonly string[]) => {
    const told: string[] = [];
    const suppressed = { count: people.length, has: (person: string) => people.includes(person) };
    return { told, withoutSuppressed: makeSuppression(suppressed, (source) => told.push(source)) };
  };

  it('leaves out the events of a person under any of their ids, and tells of each', () => {
    const { told, withoutSuppressed } = open(['ann']);
    const of = [
      event('a', { userId: 'ann' }),
      event('b', { userId: 'bob', anonymousId: 'ann' }),
      event('c', { userId: 'bob', previousId: 'ann' }),
      event('d', { userId: 'anna', properties: { userId: 'ann' } }),
      event('e', {}),
    ];
    assert.deepEqual(withoutSuppressed(of), of.slice(3));
    assert.deepEqual(told, ['a', 'b', 'c']);
  });

  it('looks into no event while nobody is suppressed', () => {
    const { withoutSuppressed } = open([]);
    const of = [{ ...event('a', {}), body: 'not JSON, "anonymousId"' }];
    assert.equal(withoutSuppressed(of), of);
  });
});
