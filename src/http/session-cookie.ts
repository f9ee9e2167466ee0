import type { IncomingMessage } from 'node:http';
import type { Forwarding } from './client-address.ts';

/**
 * The cookie of a session. No page can read it (`HttpOnly`), and no browser sends it along with what a page of another
 * site asks for (`SameSite=Strict`). It goes with the browser; how long its session lasts is known here alone.
 *
 * By HTTPS its name begins with `__Host-`: a browser takes such a one only from this host itself by HTTPS, so that
 * neither a sibling domain nor somebody on the wire can give it another.
 */
const NAME = 'sluice_session';
const ATTRIBUTES = 'Path=/; HttpOnly; SameSite=Strict';

type Forwarded = Pick<Forwarding, 'originOf'>;

/** Null where there is none, or one that is nothing of ours. */
export function sessionIn(request: IncomingMessage, forwarding: Forwarded): string | null {
  const wanted = nameOf(request, forwarding);
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name = '', value = ''] = pair.trim().split('=', 2);
    if (name === wanted && /^[\w-]{43}$/.test(value)) return value;
  }
  return null;
}

export function sessionCookie(text: string, request: IncomingMessage, forwarding: Forwarded): string {
  return `${nameOf(request, forwarding)}=${text}; ${attributesOf(request, forwarding)}`;
}

/** Has the browser forget it. */
export function noSessionCookie(request: IncomingMessage, forwarding: Forwarded): string {
  return `${nameOf(request, forwarding)}=; Max-Age=0; ${attributesOf(request, forwarding)}`;
}

function nameOf(request: IncomingMessage, forwarding: Forwarded): string {
  return isSecure(request, forwarding) ? `__Host-${NAME}` : NAME;
}

function attributesOf(request: IncomingMessage, forwarding: Forwarded): string {
  return isSecure(request, forwarding) ? `${ATTRIBUTES}; Secure` : ATTRIBUTES;
}

function isSecure(request: IncomingMessage, forwarding: Forwarded): boolean {
  return forwarding.originOf(request).scheme === 'https';
}
