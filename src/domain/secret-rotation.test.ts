import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rotationMs } from './limits.ts';
import { isRotationOver, onlySecret, promoted, withSecret } from './secret-rotation.ts';

const NOW_MS = 1_767_225_600_000;
const one = onlySecret('one');
const rotating = { sharedSecret: 'one', nextSecret: 'two', rotationEndsAtMs: NOW_MS + rotationMs };

describe('the secrets of a destination', () => {
  it('rotate for a day when another one is set', () => {
    assert.deepEqual(withSecret(one, 'two', NOW_MS), rotating);
    assert.equal(rotationMs, 86_400_000);
  });

  it('stay as they are when the same one is set again, and so does the end of a rotation', () => {
    assert.deepEqual(withSecret(one, 'one', NOW_MS), one);
    assert.deepEqual(withSecret(rotating, 'two', NOW_MS + 5), rotating);
    assert.deepEqual(withSecret(onlySecret(null), null, NOW_MS), onlySecret(null));
  });

  it('need no rotation where nothing was signed, or nothing will be', () => {
    assert.deepEqual(withSecret(onlySecret(null), 'one', NOW_MS), one);
    assert.deepEqual(withSecret(one, null, NOW_MS), onlySecret(null));
    assert.deepEqual(withSecret(rotating, null, NOW_MS), onlySecret(null));
  });

  it('are the old one alone when that is set again', () => {
    assert.deepEqual(withSecret(rotating, 'one', NOW_MS), one);
  });

  it('begin a day anew with a third one, and the present one stays', () => {
    const third = { sharedSecret: 'one', nextSecret: 'three', rotationEndsAtMs: NOW_MS + 5 + rotationMs };
    assert.deepEqual(withSecret(rotating, 'three', NOW_MS + 5), third);
  });

  it('are the next one alone once it is promoted', () => {
    assert.deepEqual(promoted(rotating), onlySecret('two'));
    assert.deepEqual(promoted(one), one);
  });

  it('have rotated when the day is over', () => {
    assert.equal(isRotationOver(rotating, NOW_MS + rotationMs - 1), false);
    assert.equal(isRotationOver(rotating, NOW_MS + rotationMs), true);
    assert.equal(isRotationOver(one, NOW_MS), false);
  });
});
