import { maskedHeaders } from '../../domain/masked.ts';
import type { WebhookRequest, WebhookTarget } from '../../ports/webhook-sender.ts';
import { signable } from './hmac.ts';
import { fixedHeadersOf } from './request-headers.ts';
import { makeSigner } from './signature.ts';

/** A request as it is written. */
export interface RenderedRequest {
  /** In ISO 8859-1, with the empty line at its end. */
  readonly head: string;
  readonly body: string;
  /** Of the body in UTF-8. */
  readonly bodyBytes: number;
  /** Names and values in turn, as they are shown: see `Exchange.requestHeaders`. */
  readonly shownHeaders: readonly string[];
}

/** Ids come from inside, and are all that is written into a head without having been checked before. */
const WRITABLE = /^[\x21-\x7e]+$/;

/**
 * Renders the requests of one endpoint: what is the same in each of them once, and of each the rest. Answers null where
 * the id cannot be written.
 */
export function makeRenderer(
  target: WebhookTarget,
  url: URL,
  version: string,
): (request: WebhookRequest) => RenderedRequest | null {
  const signer = makeSigner(target);
  const fixed = fixedHeadersOf(target, version);
  const shown = fixedHeadersOf({ ...target, headers: maskedHeaders(target.headers) }, version);
  const path = `${url.pathname}${url.search}`;
  const beginning = `${target.method} ${path} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: keep-alive\r\n${linesOf(fixed)}`;
  return ({ id, body, atMs }) => {
    if (!WRITABLE.test(id)) return null;
    const bodyBytes = signable(body).length;
    const own = signer.headersOf(id, atMs, body);
    const head = `${beginning}${linesOf(own)}Content-Length: ${bodyBytes}\r\n\r\n`;
    return { head, body, bodyBytes, shownHeaders: [...shown, ...own] };
  };
}

/** @param headers names and values in turn */
function linesOf(headers: readonly string[]): string {
  let lines = '';
  for (let at = 0; at + 1 < headers.length; at += 2) lines += `${headers[at] ?? ''}: ${headers[at + 1] ?? ''}\r\n`;
  return lines;
}
