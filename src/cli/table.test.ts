import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makePaint } from './colors.ts';
import { displayWidth } from './display-width.ts';
import { fieldLines, Table, type Column } from './table.ts';

interface Row {
  readonly id: string;
  readonly name: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'ID', of: ({ id }) => id, isKept: true },
  { title: 'NAME', of: ({ name }) => name, tone: () => 'bad' },
  { title: 'LENGTH', of: ({ name }) => String(name.length) },
];
const PLAIN = makePaint(false);
const ROWS: readonly Row[] = [
  { id: 'dst_1', name: 'CRM' },
  { id: 'dst_22', name: '東京の顧客管理システム' },
];

describe('a table', () => {
  it('has columns below each other, and no blanks at the end', () => {
    const table = new Table(COLUMNS, { width: Infinity, paint: PLAIN });
    assert.deepEqual(table.lines(ROWS), [
      'ID      NAME                    LENGTH',
      'dst_1   CRM                     3',
      'dst_22  東京の顧客管理システム  11',
    ]);
    assert.deepEqual(table.lines(ROWS.slice(0, 1)), ['dst_1   CRM                     3']);
  });

  it('cuts what is too long for the terminal, and an id last', () => {
    const table = new Table(COLUMNS, { width: 26, paint: PLAIN });
    assert.deepEqual(table.lines(ROWS), [
      'ID      NAME        LENGTH',
      'dst_1   CRM         3',
      'dst_22  東京の顧…   11',
    ]);
  });

  it('is never wider than the terminal, and lets no control character through, whatever is in it', () => {
    const row = fc.record({ id: fc.string({ unit: 'binary' }), name: fc.string({ unit: 'binary' }) });
    fc.assert(
      fc.property(fc.array(row), fc.integer({ min: 1, max: 120 }), (rows, width) => {
        for (const line of new Table(COLUMNS, { width, paint: PLAIN }).lines(rows)) {
          assert.ok(displayWidth(line) <= width, line);
          assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
        }
      }),
    );
  });

  it('paints cells, not the blanks behind them', () => {
    const [, line = ''] = new Table(COLUMNS, { width: Infinity, paint: makePaint(true) }).lines(ROWS);
    assert.ok(line.startsWith('dst_1   \u001b[31mCRM\u001b[39m  '), JSON.stringify(line));
  });
});

describe('the fields of an object', () => {
  it('stand below each other, without those that it has not', () => {
    const fields = [
      ['id', 'a'],
      ['longer', null],
      ['name', 'b'],
    ] as const;
    assert.deepEqual(fieldLines(fields, PLAIN), ['id    a', 'name  b']);
  });
});
