import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { correctedMs, isoOf, parseTimestamp } from './timestamp.ts';

const isoOrNull = (text: unknown): string | null => {
  const ms = parseTimestamp(text);
  return ms === null ? null : isoOf(ms);
};

describe('parseTimestamp', () => {
  const spellings = [
    ['milliseconds and Z', '2012-12-02T00:30:08.276Z', '2012-12-02T00:30:08.276Z'],
    ['a month without its zero', '2015-2-02T00:30:12.984Z', '2015-02-02T00:30:12.984Z'],
    ['Python, microseconds', '2012-12-02T00:30:08.276543+00:00', '2012-12-02T00:30:08.276Z'],
    ['Python, milliseconds', '2012-12-02T00:30:08.276+00:00', '2012-12-02T00:30:08.276Z'],
    ['Go, RFC3339Nano', '2012-12-02T00:30:08.276543219Z', '2012-12-02T00:30:08.276Z'],
    ['Go, trimmed fraction and an offset', '2012-12-02T00:30:08.2-08:00', '2012-12-02T08:30:08.200Z'],
    ['PHP, no fraction', '2012-12-02T00:30:08+01:00', '2012-12-01T23:30:08.000Z'],
    ['C#, seven digits', '2012-12-02T00:30:08.2765432Z', '2012-12-02T00:30:08.276Z'],
    ['.NET, seven digits and an offset', '2012-12-02T00:30:08.2765432-05:30', '2012-12-02T06:00:08.276Z'],
    ['an offset without its colon', '2012-12-02T00:30:08+0130', '2012-12-01T23:00:08.000Z'],
    ['an offset of hours alone', '2012-12-02T00:30:08+01', '2012-12-01T23:30:08.000Z'],
    ['a date alone', '2012-12-02', '2012-12-02T00:00:00.000Z'],
    ['no offset', '2012-12-02T00:30:08', '2012-12-02T00:30:08.000Z'],
    ['a space and no seconds', '2012-12-02 00:30', '2012-12-02T00:30:00.000Z'],
    ['lower case', '2012-12-02t00:30:08z', '2012-12-02T00:30:08.000Z'],
    ['a leap day', '2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['a leap second', '2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['a year of the first century', '0050-01-01', '0050-01-01T00:00:00.000Z'],
  ] as const;
  for (const [what, text, expected] of spellings) {
    it(`reads ${what}`, () => {
      assert.equal(isoOrNull(text), expected);
    });
  }

  const garbage: readonly unknown[] = [
    '', 'now', '2012', '2012-12', '12/02/2012', 'Sun, 02 Dec 2012 00:30:08 GMT', '1354408208', 1354408208276, null,
    undefined, {}, '2012-13-01', '2012-00-01', '2023-02-29', '1900-02-29', '2023-04-31', '2023-01-32', '2023-01-00', '2012-12-02T24:00:00Z', '2012-12-02T00:60:00Z',
    '2012-12-02T00:30:61Z', '2012-12-02T00:30:08+24:00', '2012-12-02T00:30:08 PST', '2012-12-02T00:30:08.Z',
    ' 2012-12-02', '2012-12-02T00:30:08Zx', `2012-12-02T00:30:08.${'0'.repeat(100)}Z`,
  ]; // prettier-ignore
  for (const value of garbage) {
    it(`finds no time in ${JSON.stringify(value)}`, () => {
      assert.equal(parseTimestamp(value), null);
    });
  }

  it('reads back whatever toISOString writes of a four-digit year', () => {
    const min = new Date('0000-01-01T00:00:00.000Z');
    const max = new Date('9999-12-31T23:59:59.999Z');
    fc.assert(
      fc.property(fc.date({ min, max, noInvalidDate: true }), (date) => {
        assert.equal(parseTimestamp(date.toISOString()), date.getTime());
      }),
    );
  });
});

/** The same moment in a spelling that is not read the short way. */
const spelledOut = (text: string): string => text.replace(/Z$/, '+00:00');

describe('parseTimestamp of what JavaScript writes', () => {
  it('agrees with the other spellings, also on what is no time', () => {
    const upTo = (max: number, digits: number) => fc.nat({ max }).map((number) => String(number).padStart(digits, '0'));
    const time = fc.tuple(upTo(25, 2), upTo(61, 2), upTo(62, 2), upTo(999, 3));
    const date = fc.tuple(upTo(9_999, 4), upTo(14, 2), upTo(33, 2));
    fc.assert(
      fc.property(fc.array(fc.tuple(date, time), { minLength: 1, maxLength: 5 }), (moments) => {
        // In turns, so that what is remembered of a date is met by another one.
        for (const [[year, month, day], [hour, minute, second, ms]] of [...moments, ...moments]) {
          const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
          assert.equal(parseTimestamp(text), parseTimestamp(spelledOut(text)), text);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('agrees with them whatever stands in one of its places', () => {
    const places = fc.nat({ max: '2012-12-02T00:30:08.276'.length - 1 });
    fc.assert(
      fc.property(places, fc.constantFrom(...Array.from(' 019:-.,TZtz/x\u0660')), (index, character) => {
        const text = '2012-12-02T00:30:08.276Z';
        const changed = text.slice(0, index) + character + text.slice(index + 1);
        assert.equal(parseTimestamp(changed), parseTimestamp(spelledOut(changed)), changed);
      }),
    );
  });
});

describe('isoOf', () => {
  const MS_MAX = 8.64e15;

  it('writes what toISOString writes, of any moment there is', () => {
    const near = fc.integer({ min: 0, max: 253_402_300_800_000 });
    const any = fc.integer({ min: -MS_MAX, max: MS_MAX });
    fc.assert(
      fc.property(fc.array(fc.oneof(near, any), { minLength: 1, maxLength: 5 }), (moments) => {
        for (const ms of [...moments, ...moments.map((each) => Math.max(each - 1, -MS_MAX))]) {
          assert.equal(isoOf(ms), new Date(ms).toISOString());
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('is exact where days, years and what four digits can say begin and end', () => {
    const edges = [0, 1, 86_399_999, 86_400_000, 951_782_400_000, 253_402_300_799_999, 253_402_300_800_000, -1, -62_167_219_200_001, MS_MAX, -MS_MAX, 1.5, -0]; // prettier-ignore
    for (const ms of edges) assert.equal(isoOf(ms), new Date(ms).toISOString());
  });

  it('writes no moment that there is not', () => {
    for (const ms of [NaN, Infinity, MS_MAX + 1]) assert.throws(() => isoOf(ms), RangeError);
  });
});

describe('correctedMs', () => {
  const receivedAtMs = Date.parse('2015-12-12T19:11:01.266Z');

  it("takes off how much the sender's clock was off when it sent", () => {
    const at = (time: string): string => `2012-12-02T${time}Z`;
    const corrected = correctedMs(at('04:08:31.577'), at('04:08:31.581'), Date.parse(at('04:08:31.909')));
    assert.equal(isoOf(corrected), '2012-12-02T04:08:31.905Z');
  });

  it("keeps the sender's time when it does not say when it sent", () => {
    assert.equal(correctedMs('2015-12-12T10:00:00+01:00', undefined, receivedAtMs), Date.parse('2015-12-12T09:00Z'));
    assert.equal(correctedMs('2015-12-12', 'soon', receivedAtMs), Date.parse('2015-12-12'));
  });

  it('is the time of arrival when the sender gives none that can be read', () => {
    assert.equal(correctedMs(undefined, '2015-12-12', receivedAtMs), receivedAtMs);
    assert.equal(correctedMs('yesterday', '2015-12-12', receivedAtMs), receivedAtMs);
  });
});
