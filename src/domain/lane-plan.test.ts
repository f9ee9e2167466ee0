import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeDestination } from '../../test/support/inside.ts';
import {
  destinationIdOf,
  endpointKeyOf,
  isSamePlan,
  lanesOf,
  replayIdOf,
  replayLaneId,
  replayLanesOf,
} from './lane-plan.ts';
import type { ReplaySlice } from './replay.ts';

const A = 'https://a.example/hook';
const B = 'https://b.example/hook';

describe('the lanes of a destination', () => {
  it('are one that has all endpoints with success at any', () => {
    const destination = makeDestination('crm', [A, B]);
    assert.deepEqual(lanesOf(destination), [{ id: 'crm', destination, speaks: true, replay: null }]);
  });

  it('are one per endpoint with success at every, the first of which speaks for all', () => {
    const lanes = lanesOf(makeDestination('crm', [A, B], { success: 'every' }));
    assert.deepEqual(
      lanes.map(({ id, destination, speaks }) => [id, destination.endpoints.map(({ url }) => url), speaks]),
      [
        [`crm/${endpointKeyOf(A)}`, [A], true],
        [`crm/${endpointKeyOf(B)}`, [B], false],
      ],
    );
    assert.deepEqual(
      lanes.map(({ id }) => destinationIdOf(id)),
      ['crm', 'crm'],
    );
  });

  it('stay as they are when another endpoint changes', () => {
    const policy = { success: 'every' } as const;
    const [a] = lanesOf(makeDestination('crm', [A, B], policy));
    const [alsoA, c] = lanesOf(makeDestination('crm', [A, 'https://c.example/'], policy));
    assert.ok(isSamePlan(a!, alsoA!));
    assert.ok(!isSamePlan(a!, c!));
  });
});

describe('the lanes of a replay', () => {
  const sliceOf = (lanes: readonly string[], more: Partial<ReplaySlice> = {}): ReplaySlice => ({
    ...{ id: 'rpl_1', destination: 'crm', sources: ['web'], after: 0, upTo: 9, ratePerSecond: null, lanes },
    ...{ query: {}, positions: null, isPaused: false, ...more },
  });
  const every = makeDestination('crm', [A, B], { success: 'every' });
  const [first = ''] = lanesOf(every).map(({ id }) => replayLaneId(id, 'rpl_1'));

  it('are beside those of its destination, for the endpoints that it began with', () => {
    const any = makeDestination('crm', [A, B]);
    assert.deepEqual(
      replayLanesOf(any, sliceOf(['crm@rpl_1'])).map(({ id, speaks }) => [id, speaks]),
      [['crm@rpl_1', false]],
    );
    assert.deepEqual(
      replayLanesOf(every, sliceOf([first])).map(({ id, destination }) => [id, destination.endpoints.length]),
      [[first, 1]],
    );
    assert.deepEqual(replayLanesOf(every, sliceOf(['crm@rpl_1'])), []);
  });

  it('say whose they are', () => {
    assert.deepEqual([destinationIdOf(first), replayIdOf(first)], ['crm', 'rpl_1']);
    assert.deepEqual([destinationIdOf('crm@rpl_1'), replayIdOf('crm@rpl_1')], ['crm', 'rpl_1']);
    assert.deepEqual([destinationIdOf('crm'), replayIdOf('crm')], ['crm', null]);
  });

  it('begin again when they are paused or resumed', () => {
    const [one] = replayLanesOf(every, sliceOf([first]));
    const [same] = replayLanesOf(every, sliceOf([first], { positions: Float64Array.of(1) }));
    const [paused] = replayLanesOf(every, sliceOf([first], { isPaused: true }));
    assert.ok(isSamePlan(one!, same!));
    assert.ok(!isSamePlan(one!, paused!));
  });
});

describe('the key of an endpoint', () => {
  it('is the same for ever: it is on disk', () => {
    assert.equal(endpointKeyOf(A), '0ukvwu646id0h');
    assert.equal(endpointKeyOf(''), '33niihzj4ux45');
  });

  it('is of its URL, however that is spelled', () => {
    assert.equal(endpointKeyOf('HTTPS://A.example:443/hook'), endpointKeyOf(A));
    assert.notEqual(endpointKeyOf(A), endpointKeyOf(B));
  });

  it('is short, however long the URL', () => {
    for (const path of ['', 'x', 'x'.repeat(2_000)]) {
      assert.match(endpointKeyOf(`https://a.example/${path}`), /^[0-9a-z]{13}$/);
    }
  });
});
