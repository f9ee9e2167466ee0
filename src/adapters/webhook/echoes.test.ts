import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Exchange, NOTHING_TIMED } from '../../domain/attempt.ts';
import { makeEchoMask } from './echoes.ts';

const BASIC = `Basic ${Buffer.from('keeper:pässword').toString('base64')}`;

function masked(headers: Readonly<Record<string, string>>, excerpt: string, more: Partial<Exchange> = {}): Exchange {
  const nothing = { status: 500, error: null, durationMs: 1, requestHeaders: [], responseHeaders: {}, isCut: false };
  return makeEchoMask(headers)({ ...nothing, timing: NOTHING_TIMED, excerpt, ...more });
}

function excerptOf(headers: Readonly<Record<string, string>>, excerpt: string, isCut = false): string {
  return masked(headers, excerpt, { isCut }).excerpt;
}

describe('an answer with what the request carried', () => {
  it('is kept without the values of headers, as they were sent or as JSON or a URL has them', () => {
    assert.equal(excerptOf({ 'X-Key': 's3cret-key' }, 'got s3cret-key, s3cret-key!'), 'got ***, ***!');
    assert.equal(
      excerptOf({ 'X-Key': 'a "b" c/d' }, '{"key":"a \\"b\\" c/d"} ?k=a%20%22b%22%20c%2Fd'),
      '{"key":"***"} ?k=***',
    );
  });

  it('is kept without what is behind the scheme of Authorization, and what that stands for', () => {
    assert.equal(excerptOf({ Authorization: 'Bearer t0ken-123' }, 'Bearer t0ken-123 t0ken-123'), '*** ***');
    const said = `${BASIC} ${BASIC.slice(6)} keeper:pässword pässword p%C3%A4ssword`;
    assert.equal(excerptOf({ authorization: BASIC }, said), '*** *** *** *** ***');
  });

  it('is kept without them in its headers, and the rest as it is', () => {
    const responseHeaders = { 'x-echo': 'X-Key s3cret-key', server: 'nginx' };
    const before = { responseHeaders, isCut: true, requestHeaders: ['X-Key', '***'] };
    const { excerpt, ...rest } = masked({ 'X-Key': 's3cret-key' }, 'é', before);
    assert.deepEqual([rest.responseHeaders, excerpt], [{ 'x-echo': 'X-Key ***', server: 'nginx' }, 'é']);
    assert.deepEqual([rest.status, rest.requestHeaders, rest.isCut], [500, ['X-Key', '***'], true]);
  });

  it('is kept without the beginning of one where it was cut', () => {
    const headers = { 'X-Key': 's3cret-key-of-the-team' };
    for (const end of ['s3cret-key-of-the-tea', 's3cret-key', 's3cret'])
      assert.equal(excerptOf(headers, `key: ${end}`, true), 'key: ***');
    assert.equal(excerptOf(headers, 'key: s3cre', true), 'key: s3cre');
    assert.equal(excerptOf(headers, 'key: s3cret-key'), 'key: s3cret-key');
  });

  it('is kept as it is where headers hold no credentials', () => {
    const headers = { Accept: 'application/json', 'user-agent': 'mine/2.0.1', 'X-Env': 'prod', 'X-Empty': '' };
    const said = 'application/json mine/2.0.1 prod';
    assert.equal(excerptOf(headers, said), said);
    assert.equal(excerptOf({}, said), said);
  });
});
