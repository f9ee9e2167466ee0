import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');

describe('the measurement of the first paint', () => {
  it('tells when something was painted, and when the page could be used', async () => {
    const { stdout } = await promisify(execFile)(join(root, 'bin/node'), ['bench/first-paint.ts', '--loads', '1'], {
      cwd: root,
    });
    assert.match(stdout, /^first paint [1-9]\d* ms \(worst \d+\), usable [1-9]\d* ms \(worst \d+\), of 1 loads$/m);
  });
});
