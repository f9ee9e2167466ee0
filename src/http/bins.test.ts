import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { binRequestsMax, binsBytesMax, binsMax } from '../domain/limits.ts';
import type { BinIds } from './bin-ids.ts';
import { makeBins } from './bins.ts';
import type { BinPage, Bins, CapturedRequest } from './bins.ts';

/** Any id is one. */
const ANY: BinIds = { make: () => 'made', isOne: () => true };
const request = (body: string): CapturedRequest => ({ method: 'POST', path: '/bins/a', headers: { a: 'b' }, body });
const bodiesOf = (bins: Bins, bin: string): string[] =>
  bins.list(bin, { limit: binRequestsMax, cursor: null }).data.map(({ body }) => body);

describe('a request bin', () => {
  it('shows what it was sent, newest first', () => {
    const bins = makeBins({ ambient: new SimulatedAmbient(), ids: ANY });
    bins.capture('a', request('one'));
    bins.capture('a', request('two'));
    const [newest] = bins.list('a', { limit: 1, cursor: null }).data;
    assert.deepEqual(newest, { id: 'req_2', ...request('two'), at: '2026-01-01T00:00:00.000Z' });
    assert.deepEqual(bodiesOf(bins, 'a'), ['two', 'one']);
  });

  it('is read in pages that neither miss nor repeat a request, while more come in', () => {
    const bins = makeBins({ ambient: new SimulatedAmbient(), ids: ANY });
    for (const body of ['1', '2', '3', '4', '5']) bins.capture('a', request(body));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: BinPage = bins.list('a', { limit: 2, cursor });
      seen.push(...page.data.map(({ body }) => body));
      cursor = page.next;
      bins.capture('a', request('late'));
    } while (cursor !== null);
    assert.deepEqual(seen, ['5', '4', '3', '2', '1']);
  });

  it('is empty when it was made', () => {
    const bins = makeBins({ ambient: new SimulatedAmbient(), ids: ANY });
    assert.deepEqual(bins.list(bins.create(), { limit: 1, cursor: null }), { data: [], next: null });
  });

  it('loses its oldest request when it is full', () => {
    const bins = makeBins({ ambient: new SimulatedAmbient(), ids: ANY });
    for (let count = 0; count <= binRequestsMax; count++) bins.capture('a', request(String(count)));
    const bodies = bodiesOf(bins, 'a');
    assert.deepEqual([bodies.length, bodies.at(0), bodies.at(-1)], [binRequestsMax, String(binRequestsMax), '1']);
  });
});

describe('all request bins', () => {
  it('have the one emptied that was sent nothing for longest', () => {
    const bins = makeBins({ ambient: new SimulatedAmbient(), ids: ANY });
    for (let count = 0; count < binsMax; count++) bins.capture(`b${count}`, request('x'));
    bins.capture('b0', request('again'));
    bins.capture('new', request('x'));
    assert.deepEqual(bodiesOf(bins, 'b1'), []);
    assert.deepEqual(bodiesOf(bins, 'b0'), ['again', 'x']);
  });

  it('lose the oldest requests of any when they hold too much together', () => {
    const bins = makeBins({ ambient: new SimulatedAmbient(), ids: ANY });
    const large = 'x'.repeat(binsBytesMax / 16);
    bins.capture('old', request('first'));
    for (let count = 0; count < 8; count++) bins.capture(`b${count % 2}`, request(large));
    assert.deepEqual(bodiesOf(bins, 'old'), []);
    assert.equal(bodiesOf(bins, 'b0').length + bodiesOf(bins, 'b1').length, 7);
  });
});
