/** How an endpoint knows who calls, where it wants the `Authorization` header to say so. */
export type EndpointAuth =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

/** RFC 7617: no control characters, since the text is not quoted in any way, and the first colon ends the user name. */
const USERNAME = /^[^\p{Cc}:]+$/u;
const PASSWORD = /^\P{Cc}*$/u;
/** `b64token` of RFC 6750, section 2.1, and what other programs issue in its stead: a field value without spaces. */
const TOKEN = /^[\x21-\x7e]+$/;

export function isUsername(text: string): boolean {
  return USERNAME.test(text);
}

export function isPassword(text: string): boolean {
  return PASSWORD.test(text);
}

export function isBearerToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The value of the `Authorization` header. Basic credentials are in UTF-8, as RFC 7617 has servers ask for. */
export function authorizationOf(auth: EndpointAuth): string {
  if (auth.kind === 'bearer') return `Bearer ${auth.token}`;
  return `Basic ${new TextEncoder().encode(`${auth.username}:${auth.password}`).toBase64()}`;
}
