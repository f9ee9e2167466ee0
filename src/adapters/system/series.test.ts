import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OTHER, Series } from './series.ts';

function makeSeries(max: number) {
  const exported = new Set<string>();
  const series = new Series({
    max,
    open: (label) => {
      exported.add(label);
      return { label };
    },
    close: (label, cells) => {
      assert.equal(cells.label, label);
      exported.delete(label);
    },
  });
  return { series, exported };
}

describe('a series', () => {
  it('has cells of its own for each name, the same each time', () => {
    const { series, exported } = makeSeries(2);
    assert.equal(series.of('a').label, 'a');
    assert.equal(series.of('a'), series.of('a'));
    assert.equal(series.of('b').label, 'b');
    assert.deepEqual([...exported], ['a', 'b']);
  });

  it('gathers those beyond the limit under one label', () => {
    const { series, exported } = makeSeries(2);
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((name) => series.of(name).label),
      ['a', 'b', OTHER, OTHER],
    );
    assert.deepEqual(
      ['a', 'c'].map((name) => series.labelOf(name)),
      ['a', OTHER],
    );
    assert.deepEqual([...exported], ['a', 'b', OTHER]);
  });

  it('exports a name from when it exists until it is gone', () => {
    const { series, exported } = makeSeries(3);
    series.keep(['a', 'b']);
    const before = series.of('b');
    series.keep(['b', 'c']);
    assert.deepEqual([...exported].toSorted(), ['b', 'c']);
    assert.equal(series.of('b'), before);
  });

  it('gives the room of who is gone to who shared a label', () => {
    const { series, exported } = makeSeries(2);
    series.keep(['a', 'b', 'c']);
    assert.equal(series.labelOf('c'), OTHER);
    series.keep(['b', 'c']);
    assert.equal(series.labelOf('c'), 'c');
    assert.deepEqual([...exported].toSorted(), ['b', 'c']);
  });

  it('keeps what is shared as long as somebody shares it', () => {
    const { series } = makeSeries(1);
    series.keep(['a', 'b', 'c']);
    const shared = series.of('b');
    series.keep(['a', 'c', 'd']);
    assert.equal(series.of('d'), shared);
  });
});
