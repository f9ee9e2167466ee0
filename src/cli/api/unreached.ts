import { CommandFailure } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { DEFAULT_URL, type Target } from './target.ts';

/** Codes of TLS (Node.js, OpenSSL) for a certificate that nobody known has signed. */
const UNTRUSTED = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
];
const BROKEN = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];
const SILENT = ['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'EHOSTUNREACH', 'ENETUNREACH'];

/** Why no answer came, from what `fetch` names as its cause, and what to do about it. */
export function unreached(cause: unknown, target: Target): CommandFailure {
  const [code, said] = [codeOf(cause), printable(messageOf(cause), 300)];
  const { hostname, host } = new URL(target.url);
  if (code === 'ECONNREFUSED') return failure(`nothing listens at ${target.url}`, startIt(target));
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return failure(`the name ${printable(hostname)} cannot be looked up (${code})`, nameAnother(target));
  }
  if (SILENT.includes(code)) return failure(`${target.url} does not answer (${code})`, nameAnother(target));
  if (UNTRUSTED.includes(code)) {
    return failure(
      `the certificate of ${host} is signed by no authority that is known here (${code})`,
      'trust its authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem sluice …',
    );
  }
  if (code === 'CERT_HAS_EXPIRED') return failure(`the certificate of ${host} has expired`, 'renew it at the server');
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return failure(`the certificate is of another host than ${host}: ${said}`, 'name it as the certificate does');
  }
  if (/SSL|TLS|EPROTO/.test(code)) {
    return failure(`no TLS with ${host}: ${said}`, 'does it speak plain HTTP? Then name it with http://');
  }
  if (code.startsWith('HPE_')) return failure(`what answers at ${target.url} speaks no HTTP`, nameAnother(target));
  if (BROKEN.includes(code)) return failure(`the connection to ${target.url} was broken (${code})`, 'run it again');
  return failure(`cannot reach ${target.url}: ${said}`, nameAnother(target));
}

function failure(message: string, wayOut: string): CommandFailure {
  return new CommandFailure('unreachable', message, [wayOut]);
}

function startIt({ url, urlBy }: Target): string {
  return url === DEFAULT_URL && urlBy === null
    ? 'start one with `sluice dev`, or name another with --url or --profile'
    : `${urlBy === null ? '' : `${urlBy} says so. `}Is it running? Name another with --url or --profile`;
}

function nameAnother({ urlBy }: Target): string {
  return `${urlBy === null ? '' : `${urlBy} says so; `}name another with --url or --profile`;
}

/** Several addresses that were tried end in one error, which has the code of the first. */
function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

/** OpenSSL has a reason in words, beside a message with its own source lines. */
function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return 'reason' in cause && typeof cause.reason === 'string' ? cause.reason : cause.message;
}
