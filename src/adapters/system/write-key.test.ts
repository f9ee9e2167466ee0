import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sourceSchema } from '../../contract/source-schema.ts';
import { makeWriteKey } from './write-key.ts';

describe('a write key that is made', () => {
  it('is one, and another each time', () => {
    const writeKeys = Array.from({ length: 100 }, makeWriteKey);
    for (const key of writeKeys) assert.match(key, /^wk_[\w-]{32}$/);
    assert.equal(new Set(writeKeys).size, 100);
    assert.ok(sourceSchema.safeParse({ id: 'web', writeKeys }).success);
  });
});
