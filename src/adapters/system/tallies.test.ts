import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readMetrics } from '../../../test/support/prometheus-text.ts';
import { CounterTally, HistogramTally } from './tallies.ts';

describe('a counter', () => {
  it('is exported with its cells, those at zero too, until they are closed', () => {
    const tally = new CounterTally({ name: 'a_total', help: 'What is counted.' });
    assert.equal(tally.text(), '# HELP a_total What is counted.\n# TYPE a_total counter\n');
    const [first, second] = [tally.open({ x: '1' }), tally.open({ x: '2', y: '3' })];
    second.value += 5;
    assert.match(tally.text(), /\na_total\{x="1"\} 0\na_total\{x="2",y="3"\} 5\n$/);
    tally.close(first);
    assert.doesNotMatch(tally.text(), /x="1"/);
  });

  it('escapes what would end a label', () => {
    const tally = new CounterTally({ name: 'a_total', help: 'What is counted.' });
    tally.open({ x: 'a"b\\c\nd' });
    assert.deepEqual(readMetrics(tally.text()).series('a_total'), ['a_total{x="a\\"b\\\\c\\nd"}']);
  });
});

describe('a histogram', () => {
  it('puts a value into the first bucket whose bound is not below it, and adds buckets up', () => {
    const tally = new HistogramTally({ name: 'a_seconds', help: 'What is measured.', bounds: [0.1, 1, 10] });
    const cell = tally.open();
    for (const value of [0, 0.1, 0.2, 1, 10, 11, 1_000]) cell.observe(value);
    assert.deepEqual(tally.text().split('\n').slice(2), [
      'a_seconds_bucket{le="0.1"} 2',
      'a_seconds_bucket{le="1"} 4',
      'a_seconds_bucket{le="10"} 5',
      'a_seconds_bucket{le="+Inf"} 7',
      `a_seconds_sum ${0.1 + 0.2 + 1 + 10 + 11 + 1_000}`,
      'a_seconds_count 7',
      '',
    ]);
  });

  it('is kept apart by labels, until a cell is closed', () => {
    const tally = new HistogramTally({ name: 'a_seconds', help: 'What is measured.', bounds: [1] });
    const [first, second] = [tally.open({ x: '1' }), tally.open({ x: '2' })];
    first.observe(0.5);
    second.observe(2);
    const scraped = readMetrics(tally.text());
    assert.equal(scraped.value('a_seconds_bucket{x="1",le="1"}'), 1);
    assert.equal(scraped.value('a_seconds_bucket{x="2",le="1"}'), 0);
    assert.equal(scraped.value('a_seconds_count{x="2"}'), 1);
    tally.close(second);
    assert.deepEqual(readMetrics(tally.text()).series('a_seconds_count'), ['a_seconds_count{x="1"}']);
  });
});
