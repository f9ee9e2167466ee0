import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headerProblem, isForbiddenHeader } from './endpoint-headers.ts';

const HOP_BY_HOP = ['TE', 'Trailer', 'Upgrade', 'Keep-Alive', 'Proxy-Authorization', 'Proxy-Connection', 'proxy-x'];

describe('a static header', () => {
  for (const [name, value] of [
    ['X-Team', 'growth'],
    ['Authorization', 'Bearer abc+/=='],
    ['User-Agent', 'mine/2'],
    ['x-empty', ''],
    ["!#$%&'*+-.^_`|~09azAZ", 'a\tb'],
    ['X-Name', 'Zoë'],
  ] as const) {
    it(`may be ${name}: ${JSON.stringify(value)}`, () => {
      assert.equal(headerProblem(name, value), null);
    });
  }
  for (const name of ['', 'X Team', 'X-Team:', 'X-Team\r\nHost', 'X-Tëam', 'X-\u0000', '(x)']) {
    it(`may not be named ${JSON.stringify(name)}`, () => {
      assert.match(headerProblem(name, 'x') ?? '', /is not the name of a header/);
    });
  }
  for (const value of ['a\r\nX-Evil: 1', 'a\nb', 'a\rb', 'a\u0000b', 'a\u007fb', 'naïve ☃', ' a', 'a\t']) {
    it(`may not have the value ${JSON.stringify(value)}`, () => {
      assert.notEqual(headerProblem('X-Team', value), null);
    });
  }
  for (const name of [
    'Content-Type',
    'content-length',
    'HOST',
    'Connection',
    'Transfer-Encoding',
    'Expect',
    ...HOP_BY_HOP,
  ]) {
    it(`cannot replace ${name}`, () => {
      assert.equal(isForbiddenHeader(name), true);
      assert.match(headerProblem(name, 'x') ?? '', /cannot be replaced/);
    });
  }
  for (const name of [
    'X-Signature',
    'x-signature-next',
    'Webhook-Id',
    'Webhook-Timestamp',
    'Webhook-Signature',
    'webhook-x',
  ]) {
    it(`cannot forge ${name}`, () => {
      assert.equal(isForbiddenHeader(name), true);
    });
  }
  it('does not have its value repeated in what is wrong with it', () => {
    assert.doesNotMatch(headerProblem('X-Token', 'keep-me-safe\n') ?? '', /keep-me-safe/);
  });
});
