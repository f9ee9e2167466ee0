/** Begins the URL of an endpoint that is answered by whoever runs `sluice listen NAME`. */
const SCHEME = 'listener:';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What a name must be like, as the end of a sentence. */
export const LISTENER_NAME_RULE = 'must be 1 to 64 letters, digits, `.`, `-` or `_`, and begin with a letter or digit';

/** An endpoint that is no URL of the network: what is sent there goes to a program that asked for it, over its own connection. */
export function isListenerUrl(url: string): boolean {
  return url.startsWith(SCHEME);
}

export function isListenerName(name: string): boolean {
  return NAME.test(name);
}

/** The listener's name; null of any other URL. */
export function listenerIn(url: string): string | null {
  const name = isListenerUrl(url) ? url.slice(SCHEME.length) : '';
  return isListenerName(name) ? name : null;
}

export function listenerUrlOf(name: string): string {
  return `${SCHEME}${name}`;
}

/**
 * As much of an endpoint's URL as may be told to anybody, since the rest is often a secret: its origin, and of a listener
 * its name. Null of what is no URL.
 */
export function openPartOf(url: string): string | null {
  return listenerIn(url) === null ? (URL.parse(url)?.origin ?? null) : url;
}
