import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttemptErrorCode } from '../../domain/attempt.ts';
import { AddressForbidden } from './address-guard.ts';
import {
  connectErrorOf,
  ConnectFailure,
  ConnectionEnded,
  exchangeErrorOf,
  type ConnectPhase,
} from './exchange-error.ts';
import { BadResponse } from './response-head.ts';

const PEER = { name: 'hooks.example:443', host: 'hooks.example', port: 443 };

function coded(code: string, reason?: string): Error {
  return Object.assign(new Error('details with a s3cret'), { code, ...(reason === undefined ? {} : { reason }) });
}

const CONNECTING: readonly (readonly [Error, ConnectPhase, AttemptErrorCode, RegExp])[] = [
  [coded('ENOTFOUND'), 'reaching', 'dns_failed', /no host hooks\.example; check the URL/],
  [coded('EAI_AGAIN'), 'reaching', 'dns_unavailable', /EAI_AGAIN/],
  [coded('ECONNREFUSED'), 'reaching', 'connection_refused', /nothing listens at hooks\.example:443/],
  [coded('ECONNRESET'), 'reaching', 'connection_reset', /closed the connection at once/],
  [coded('EHOSTUNREACH'), 'reaching', 'connection_failed', /cannot be reached from here \(EHOSTUNREACH\)/],
  [coded('EMFILE'), 'reaching', 'connection_failed', /ulimit -n/],
  [new Error('odd'), 'reaching', 'connection_failed', /unknown/],
  [coded('ECONNRESET'), 'handshake', 'tls_failed', /closed the connection/],
  [coded('ERR_SSL_X', 'tlsv1 alert no application protocol'), 'handshake', 'tls_failed', /no application protocol/],
  [coded('ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'), 'handshake', 'tls_failed', /http:\/\/ may be meant/],
  [coded('CERT_HAS_EXPIRED'), 'verifying', 'tls_expired', /no request was sent: .* has expired/],
  [coded('CERT_NOT_YET_VALID'), 'verifying', 'tls_expired', /clocks of both machines/],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'verifying', 'tls_wrong_host', /other names than hooks\.example/],
  [coded('SELF_SIGNED_CERT_IN_CHAIN'), 'verifying', 'tls_untrusted', /name that in tls\.ca/],
  [coded('ERR_SSL_X', 'tlsv13 alert certificate required'), 'handshake', 'tls_failed', /set tls\.cert and tls\.key/],
  [coded('CERT_REVOKED'), 'verifying', 'tls_untrusted', /does not verify \(CERT_REVOKED\)/],
  [new AddressForbidden('x resolves to 10.0.0.5'), 'reaching', 'address_forbidden', /^x resolves to 10\.0\.0\.5$/],
];

const SENT: readonly (readonly [Error, AttemptErrorCode, RegExp])[] = [
  [new ConnectionEnded(), 'connection_reset', /may still have processed/],
  [coded('EPIPE'), 'connection_reset', /may still have processed/],
  [coded('ETIMEDOUT'), 'connection_failed', /was lost \(ETIMEDOUT\)/],
  [coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'certificate required'), 'tls_failed', /set tls\.cert/],
  [new BadResponse('its headers are too large'), 'bad_response', /what is not HTTP\/1\.1: its headers are too large/],
  [new TypeError('s3cret'), 'internal', /TypeError/],
];

describe('the error of an attempt', () => {
  for (const [error, phase, code, message] of CONNECTING) {
    it(`is ${code} after ${describeError(error)} while ${phase}`, () => {
      const attemptError = connectErrorOf(error, phase, PEER);
      assert.equal(attemptError.code, code);
      assert.match(attemptError.message, message);
      assert.doesNotMatch(attemptError.message, /s3cret/);
    });
  }
  for (const [error, code, message] of SENT) {
    it(`is ${code} after ${describeError(error)} on a connection`, () => {
      const attemptError = exchangeErrorOf(error, PEER);
      assert.equal(attemptError.code, code);
      assert.match(attemptError.message, message);
      assert.doesNotMatch(attemptError.message, /s3cret/);
    });
  }
  it('is that of the connection where there was none', () => {
    const attemptError = { code: 'dns_failed', message: 'no such host' } as const;
    assert.equal(exchangeErrorOf(new ConnectFailure(attemptError), PEER), attemptError);
  });
});

function describeError(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}
