import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withAliasLabels } from './alias-labels.ts';

function labelled(body: string, type: 'alias' | 'track' = 'alias'): string {
  return withAliasLabels({ type, body }).body;
}

describe('an alias event with labels', () => {
  it('has its ids under the names of the reference too, at its end', () => {
    assert.equal(
      labelled('{"version":1,"type":"alias","previousId":"a","userId":"b"}'),
      '{"version":1,"type":"alias","previousId":"a","userId":"b","Previous ID":"a","User ID":"b"}',
    );
  });

  it('has no label for an id that it has not, and keeps what its sender labelled', () => {
    assert.equal(labelled('{"userId":"b"}'), '{"userId":"b","User ID":"b"}');
    assert.equal(labelled('{"User ID":"own","userId":"b"}'), '{"User ID":"own","userId":"b"}');
  });

  it('gives the same bytes when it is parsed and stringified, whatever else is in it', () => {
    const body = labelled('{"10":1,"userId":"\\ud800\\u2028","__proto__":{"x":1},"toJSON":"x","constructor":null}');
    assert.equal(JSON.stringify(JSON.parse(body)), body);
    assert.match(body, /"__proto__":\{"x":1\}/);
  });

  it('is an alias: no other event is touched', () => {
    const event = { type: 'track', body: '{"userId":"b"}' } as const;
    assert.equal(withAliasLabels(event), event);
  });
});
