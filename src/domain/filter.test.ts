import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALL_TYPES, type EventType } from './event.ts';
import { type Filter, makeFilter } from './filter.ts';

const EVENTS: readonly { readonly type: EventType; readonly name: string | null }[] = [
  { type: 'track', name: 'Order Completed' },
  { type: 'track', name: 'Heartbeat' },
  { type: 'page', name: 'Pricing' },
  { type: 'page', name: null },
  { type: 'identify', name: null },
];

function passing(filter: Filter): readonly string[] {
  const passes = makeFilter(filter);
  assert.ok(passes !== null);
  return EVENTS.filter(passes).map(({ type, name }) => `${type} ${name ?? '-'}`);
}

describe('a filter', () => {
  it('is nothing to ask where it takes everything', () => {
    assert.equal(makeFilter({}), null);
  });

  it('takes the types that it includes, and no other', () => {
    assert.deepEqual(passing({ types: { include: ['identify', 'page'] } }), ['page Pricing', 'page -', 'identify -']);
  });

  it('takes all types but those that it excludes', () => {
    assert.deepEqual(passing({ types: { exclude: ['track', 'page'] } }), ['identify -']);
  });

  it('takes the names that it includes, of whatever type, and nothing that has no name', () => {
    assert.deepEqual(passing({ names: { include: ['Order Completed', 'Pricing'] } }), [
      'track Order Completed',
      'page Pricing',
    ]);
  });

  it('takes all names but those that it excludes, and what has no name', () => {
    assert.deepEqual(passing({ names: { exclude: ['Heartbeat', 'Pricing'] } }), [
      'track Order Completed',
      'page -',
      'identify -',
    ]);
  });

  it('takes what both its selections take', () => {
    assert.deepEqual(passing({ types: { include: ['track'] }, names: { exclude: ['Heartbeat'] } }), [
      'track Order Completed',
    ]);
  });

  it('keeps no destination from being told that somebody is to be deleted', () => {
    const filters: readonly Filter[] = [
      { types: { include: ['track'] } },
      { types: { exclude: CALL_TYPES } },
      { names: { include: ['Order Completed'] } },
      { types: { include: ['page'] }, names: { exclude: ['Pricing'] } },
    ];
    for (const filter of filters)
      assert.equal(makeFilter(filter)?.({ type: 'delete', name: null }), true, JSON.stringify(filter));
  });

  it('compares names exactly', () => {
    assert.deepEqual(passing({ names: { include: ['order completed', 'Order Completed ', 'constructor'] } }), []);
  });
});
