import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointUrlProblem } from './endpoint-url.ts';
import { endpointUrlCharsMax } from './limits.ts';

const FINE = [
  'https://hooks.example.com/analytics',
  'http://127.0.0.1:8080',
  'HTTPS://hooks.example.com/?to=a@b.example',
  'https://[2001:db8::1]:8443/x',
  'https://bücher.example/%20',
];

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['', /begin with http/],
  ['hooks.example.com/analytics', /begin with http/],
  ['file:///etc/passwd', /begin with http/],
  ['gopher://hooks.example.com', /begin with http/],
  ['unix:/run/hooks.sock', /begin with http/],
  ['https:hooks.example.com', /begin with http/],
  ['https://good.example@10.0.0.1/', /password/],
  ['https://user:keep-me-safe@hooks.example.com/', /password/],
  ['https://@hooks.example.com/', /password/],
  ['https://good.example\\@10.0.0.1/', /backslash/],
  ['https://hooks.example.com/\tx', /white space/],
  ['https://hooks.exam\nple.com/', /white space/],
  ['https://hooks.example.com/ ', /white space/],
  ['https://hooks.example.com/\u0000', /white space/],
  ['https://hooks.example.com/#top', /fragment/],
  ['https://', /not a URL/],
  ['https://hooks.example.com:70000/', /not a URL/],
  ['https://[fe80::1%25eth0]/', /not a URL/],
  [`https://hooks.example.com/${'x'.repeat(endpointUrlCharsMax)}`, /longer than/],
];

describe("an endpoint's URL", () => {
  for (const url of FINE) {
    it(`may be ${url}`, () => {
      assert.equal(endpointUrlProblem(url), null);
    });
  }
  for (const [url, problem] of REFUSED) {
    it(`may not be ${JSON.stringify(url.slice(0, 50))}`, () => {
      assert.match(endpointUrlProblem(url) ?? '', problem);
    });
  }
  it('is not repeated in what is wrong with it', () => {
    assert.doesNotMatch(endpointUrlProblem('https://user:keep-me-safe@hooks.example.com/') ?? '', /keep-me-safe/);
  });
});
