import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_URL, type Target } from './target.ts';
import { unreached } from './unreached.ts';

const TARGET: Target = { url: 'https://sluice.example/below', token: null, tokenBy: null, urlBy: '--url' };

function told(code: string, target: Target = TARGET): string {
  const { ending, message, more } = unreached(Object.assign(new Error('why\u001b[2J'), { code }), target);
  assert.equal(ending, 'unreachable');
  assert.doesNotMatch(message, /\p{Cc}/u);
  return [message, ...more].join('\n');
}

describe('a Sluice that is not reached', () => {
  it('is said to be so by why, with the way out', () => {
    assert.match(told('ENOTFOUND'), /^the name sluice\.example cannot be looked up \(ENOTFOUND\)\n--url says so/);
    assert.match(told('ETIMEDOUT'), /does not answer \(ETIMEDOUT\)\n/);
    assert.match(told('SELF_SIGNED_CERT_IN_CHAIN'), /no authority that is known here.*\n.*NODE_EXTRA_CA_CERTS=/);
    assert.match(told('CERT_HAS_EXPIRED'), /has expired\nrenew it/);
    assert.match(told('ERR_TLS_CERT_ALTNAME_INVALID'), /of another host than sluice\.example/);
    assert.match(told('EPROTO'), /does it speak plain HTTP\?/);
    assert.match(told('HPE_INVALID_CONSTANT'), /speaks no HTTP/);
    assert.match(told('ECONNRESET'), /was broken \(ECONNRESET\)\nrun it again/);
    assert.match(told('EWHATEVER'), /^cannot reach https:\/\/sluice\.example\/below: why/);
  });

  it('is to be started where nobody said another than that of `sluice dev`', () => {
    const nobody = { ...TARGET, url: DEFAULT_URL, urlBy: null };
    assert.match(
      told('ECONNREFUSED', nobody),
      /^nothing listens at http.*\nstart one with `sluice dev`, or name another/,
    );
    assert.match(told('ECONNREFUSED'), /^nothing listens at .*\n--url says so\. Is it running\?/);
  });
});
