import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ATTEMPT_ERRORS, judge, type AttemptErrorCode } from './attempt.ts';

const CODES = Object.keys(ATTEMPT_ERRORS) as AttemptErrorCode[];

describe('the outcome of an attempt', () => {
  it('is rejected with 410: the endpoint says that no retry will help', () => {
    assert.equal(judge({ status: 410, error: null }), 'rejected');
  });

  for (const status of [200, 201, 202, 204, 226, 299]) {
    it(`is succeeded with ${status}`, () => {
      assert.equal(judge({ status, error: null }), 'succeeded');
    });
  }
  for (const status of [300, 301, 302, 304, 307, 308, 400, 401, 404, 413, 429, 500, 502, 503, 504, 599, 999]) {
    it(`is failed with ${status}`, () => {
      assert.equal(judge({ status, error: null }), 'failed');
    });
  }
  it('is rejected where the same error would come back', () => {
    const rejected = CODES.filter((code) => judge({ status: null, error: { code, message: '' } }) === 'rejected');
    assert.deepEqual(rejected, [
      ...['tls_untrusted', 'tls_expired', 'tls_wrong_host'],
      ...['address_forbidden', 'event_erased', 'process_crashed'],
    ]);
  });
  it('is failed with every other error', () => {
    const failed = CODES.filter((code) => judge({ status: null, error: { code, message: '' } }) === 'failed');
    assert.equal(failed.length, CODES.length - 6);
  });
});
