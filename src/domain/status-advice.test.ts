import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { statusMessage } from './status-advice.ts';

describe('the sentence about an answer that is no success', () => {
  for (const [status, sentence] of [
    [404, "the endpoint answered 404: nothing is at this path; check the webhook's URL"],
    [405, 'the endpoint answered 405: it wants another method; set delivery.method'],
    [308, "the endpoint answered 308: it redirects, which is never followed; set the webhook's URL to where it leads"],
    [418, 'the endpoint answered 418: it does not take this request; look into its log'],
    [599, 'the endpoint answered 599: it failed; look into its log'],
    [999, 'the endpoint answered 999'],
  ] as const) {
    it(`says of ${status} what it means and what to do`, () => {
      assert.equal(statusMessage(status), sentence);
    });
  }
  for (const status of [300, 301, 400, 401, 403, 410, 413, 429, 499, 500, 502, 503, 504]) {
    it(`knows something about ${status}`, () => {
      assert.match(statusMessage(status), /: .+; .+/);
    });
  }
});
