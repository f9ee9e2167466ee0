import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHostAllowed } from './host-check.ts';

const ALLOWED = new Set(['localhost', '127.0.0.1', '::1']);

describe('isHostAllowed', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:8080',
    'localhost.',
    'localhost.:80',
    '127.0.0.1:1',
    '[::1]',
    '[::1]:8080',
  ]) {
    it(`lets ${host} in`, () => {
      assert.equal(isHostAllowed(host, ALLOWED), true);
    });
  }

  const strangers = [
    undefined, '', 'evil.example', 'localhost.evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'x@localhost',
    'localhost:8080:1', 'localhost:x', 'localhost/', '::1', '[::2]', ' localhost', 'localhost..',
  ]; // prettier-ignore
  for (const host of strangers) {
    it(`keeps ${JSON.stringify(host)} out`, () => {
      assert.equal(isHostAllowed(host, ALLOWED), false);
    });
  }
});
