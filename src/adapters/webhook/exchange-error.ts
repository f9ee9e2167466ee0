import type { AttemptError, AttemptErrorCode } from '../../domain/attempt.ts';
import { answerBytesMax } from '../../domain/limits.ts';
import { AddressForbidden } from './address-guard.ts';
import { BadResponse } from './response-head.ts';

/** Where a request goes, as its error sentences name it. */
export interface Peer {
  /** Host and port. Never the path, which is a secret with some receivers. */
  readonly name: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** How far connecting came when it failed. */
export type ConnectPhase = 'reaching' | 'handshake' | 'verifying';

/** Why there is no connection, for whoever waited for it. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';
  readonly attemptError: AttemptError;

  constructor(attemptError: AttemptError) {
    super(attemptError.message);
    this.attemptError = attemptError;
  }
}

/** The other side ended the connection, or it was given up. */
export class ConnectionEnded extends Error {
  override readonly name = 'ConnectionEnded';
}

/** What an operator reads about a connection that did not come about. */
export function connectErrorOf(error: Error, phase: ConnectPhase, peer: Peer): AttemptError {
  if (error instanceof AddressForbidden) return { code: 'address_forbidden', message: error.message };
  switch (phase) {
    case 'verifying':
      return untrusted(codeOf(error), peer);
    case 'handshake':
      return { code: 'tls_failed', message: `the TLS handshake with ${peer.name} failed: ${handshakeReason(error)}` };
    case 'reaching':
      return unreachable(codeOf(error), peer);
  }
}

/** The deadline passed before there was a connection. */
export function noConnectionWithin(timeoutMs: number, { name }: Peer): AttemptError {
  const message = `there was no connection to ${name} within ${timeoutMs} ms; check that it can be reached from here`;
  return { code: 'timeout', message };
}

/** The deadline passed after the request was sent. */
export function noAnswerWithin(timeoutMs: number, { name }: Peer): AttemptError {
  const message = `${name} did not answer within ${timeoutMs} ms; it may still have processed the request`;
  return { code: 'timeout', message };
}

/**
 * What an operator reads about a request that got no status, other than for its deadline.
 *
 * @param isFirstOverTls it is the first request after a TLS handshake. In TLS 1.3 a server looks at the client's
 *   certificate when the client is done with the handshake already, and not every one says what it does not like
 */
export function exchangeErrorOf(error: Error, peer: Peer, isFirstOverTls = false): AttemptError {
  if (error instanceof ConnectFailure) return error.attemptError;
  if (error instanceof BadResponse) {
    return { code: 'bad_response', message: `${peer.name} answered with what is not HTTP/1.1: ${error.message}` };
  }
  const code = codeOf(error);
  if (code.startsWith('ERR_SSL_')) {
    return { code: 'tls_failed', message: `${peer.name} ended the TLS connection: ${handshakeReason(error)}` };
  }
  if (error instanceof ConnectionEnded || CLOSED.has(code)) {
    const message = `${peer.name} closed the connection before it answered; it may still have processed the request`;
    return { code: 'connection_reset', message: isFirstOverTls ? message + MAY_WANT_CERTIFICATE : message };
  }
  if (LOST.has(code)) {
    return { code: 'connection_failed', message: `the connection to ${peer.name} was lost (${code})` };
  }
  return { code: 'internal', message: `the request could not be made (${code === '' ? error.name : code})` };
}

/** The answer goes on and on without having a status, or without an end that there is no limit for in HTTP. */
export function answerTooLarge({ name }: Peer): AttemptError {
  const message = `${name} answered with what is not HTTP/1.1: ${answerBytesMax} bytes without a status`;
  return { code: 'bad_response', message };
}

const MAY_WANT_CERTIFICATE = ', or not like the certificate that it was shown, or shown none: see tls.cert and tls.key';

const CLOSED = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE']);
const LOST = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN', 'ENETRESET']);

function unreachable(code: string, { name, host }: Peer): AttemptError {
  if (code === 'ENOTFOUND')
    return { code: 'dns_failed', message: `there is no host ${host}; check the URL's spelling` };
  if (code.startsWith('EAI_')) {
    const message = `no name server answered for ${host} (${code}); check the resolver of this machine`;
    return { code: 'dns_unavailable', message };
  }
  if (code === 'ECONNREFUSED') {
    return { code: 'connection_refused', message: `nothing listens at ${name}; check the port and that it is running` };
  }
  if (code === 'ECONNRESET') return { code: 'connection_reset', message: `${name} closed the connection at once` };
  if (code === 'EMFILE' || code === 'ENFILE') {
    const message = `too many files are open here to connect to ${name} (${code}); raise the limit (ulimit -n)`;
    return { code: 'connection_failed', message };
  }
  return {
    code: 'connection_failed',
    message: `${name} cannot be reached from here (${code === '' ? 'unknown' : code})`,
  };
}

const UNKNOWN_ISSUER = [
  'tls_untrusted',
  'was issued by an authority that is not trusted here (name it in tls.ca of the destination), or its chain is incomplete',
] as const;

/** OpenSSL's and Node's verification codes that deserve more than their name. */
const UNTRUSTED: Readonly<Record<string, readonly [AttemptErrorCode, string]>> = {
  CERT_HAS_EXPIRED: ['tls_expired', 'has expired; renew it'],
  CERT_NOT_YET_VALID: ['tls_expired', 'is not valid yet; check the clocks of both machines'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'tls_untrusted',
    'is signed by itself; use one of a public authority, or name it in tls.ca of the destination',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'tls_untrusted',
    'was issued by an authority that is not trusted here; name that in tls.ca of the destination',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
};

function untrusted(code: string, { name, host }: Peer): AttemptError {
  const certificate = `no request was sent: the certificate of ${name}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const message = `${certificate} is for other names than ${host}; correct the URL's host, or the certificate`;
    return { code: 'tls_wrong_host', message };
  }
  const [errorCode, reason] = UNTRUSTED[code] ?? ['tls_untrusted' as const, `does not verify (${code})`];
  return { code: errorCode, message: `${certificate} ${reason}` };
}

/** How OpenSSL tells of the alerts of a server that asks for a client's certificate (RFC 8446, section 6.2). */
const WANTS_CERTIFICATE = /alert (?:(?:bad |unsupported )?certificate|unknown ca)|certificate required/;

function handshakeReason(error: Error): string {
  // OpenSSL says in `reason` what its code only names.
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : '';
  if (reason === 'wrong version number' || reason === 'packet length too long') {
    return `what answers does not speak TLS (${reason}); http:// may be meant`;
  }
  if (WANTS_CERTIFICATE.test(reason)) {
    return `it refuses the certificate that it was shown, or shown none (${reason}); set tls.cert and tls.key`;
  }
  if (reason !== '') return reason;
  const closed =
    'it closed the connection and did not say why; where it asks for a certificate, see tls.cert and tls.key';
  return codeOf(error) === 'ECONNRESET' ? closed : codeOf(error);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
