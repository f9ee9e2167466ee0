import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authorizationOf } from './endpoint-auth.ts';

describe('the Authorization header', () => {
  it('has the example of RFC 7617, and its one in UTF-8', () => {
    const aladdin = { kind: 'basic', username: 'Aladdin', password: 'open sesame' } as const;
    assert.equal(authorizationOf(aladdin), 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
    assert.equal(authorizationOf({ kind: 'basic', username: 'test', password: '123£' }), 'Basic dGVzdDoxMjPCow==');
  });
  it('has a token as it is', () => {
    assert.equal(authorizationOf({ kind: 'bearer', token: 'mF_9.B5f-4.1JqM' }), 'Bearer mF_9.B5f-4.1JqM');
  });
});
