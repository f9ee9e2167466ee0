import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
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
  ['ftp://hooks.example.com/', /begin with http/],
  ['http+unix://%2Frun%2Fhooks.sock/', /begin with http/],
  ['javascript:alert(1)', /begin with http/],
  ['//hooks.example.com/', /begin with http/],
  [' https://hooks.example.com/', /begin with http/],
  ['https:\\\\10.0.0.1/', /begin with http/],
  ['https:///10.0.0.1/', /has no host/],
  ['https://good.example#@10.0.0.1/', /fragment/],
  ['https://good.example:80#@10.0.0.1/', /fragment/],
  ['https://10.0.0.1\n.good.example/', /white space/],
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
  ['https://', /has no host/],
  ['https://?x', /has no host/],
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
  it('has the same host for whoever reads it by RFC 3986 as for the client', () => {
    const part = fc.string({
      unit: fc.constantFrom(
        ...Array.from('abz.-09:/?#[]@\\\t\n %2e\u3002\uff10\u00ad'),
        'xn--',
        'localhost',
        '127.0.0.1',
        '//',
      ),
      maxLength: 12,
    });
    fc.assert(
      fc.property(part, part, (before, behind) => {
        const url = `http://${before}hooks.example${behind}`;
        if (endpointUrlProblem(url) !== null) return;
        const authority = /^http:\/\/([^/?#]*)/.exec(url)?.[1] ?? '';
        const host = authority.replace(/:\d*$/, '').toLowerCase();
        // What is no plain name is normalised by the client alone, and judged as what it becomes when it is dialled.
        if (!/^[a-z0-9.-]+$/.test(host) || host.includes('xn--') || /\d\.?$/.test(host)) return;
        assert.equal(new URL(url).hostname, host);
      }),
      { numRuns: 5_000 },
    );
  });
  it('is not repeated in what is wrong with it', () => {
    assert.doesNotMatch(endpointUrlProblem('https://user:keep-me-safe@hooks.example.com/') ?? '', /keep-me-safe/);
  });
});
