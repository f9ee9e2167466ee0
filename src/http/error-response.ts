import { errorPagePath } from '../contract/error-page-path.ts';
import type { SluiceError } from '../domain/errors.ts';
import { STATUS_CODES } from './node-http.ts';
import { pathIn } from './url-path.ts';

/** Seconds until it is worth to send again: a disk takes an operator's time, all else passes. */
const RETRY_AFTER_S = { log_full: 10, otherwise: 1 };

export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What a client is answered for an error. Always a JSON object, and never a redirect: libraries parse before they
 * look at the status, and each reads another of the keys (protocol section 3.4). The management API has its own form.
 *
 * @param url of the request, or null where it could not be read
 */
export function errorResponse(error: SluiceError, url: string | null): ErrorResponse {
  const { code, message, status, details } = error;
  const isManagement = url !== null && pathIn(url).startsWith('/api/');
  const body = JSON.stringify(
    isManagement
      ? { error: { code, message, details, docs: errorPagePath(code) } }
      : { success: false, error: message, code, message },
  );
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
  };
  if (status === 503)
    headers['Retry-After'] = String(code === 'log_full' ? RETRY_AFTER_S.log_full : RETRY_AFTER_S.otherwise);
  if (typeof details.retryAfterS === 'number') headers['Retry-After'] = String(details.retryAfterS);
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer';
  if (typeof details.allowed === 'string') headers.Allow = details.allowed;
  return { status, headers, body };
}

/** The same for a connection on which HTTP could not be understood, so that there is nothing else to write it with. */
export function rawErrorResponse(error: SluiceError): string {
  const { status, headers, body } = errorResponse(error, null);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}Connection: close\r\n\r\n${body}`;
}
