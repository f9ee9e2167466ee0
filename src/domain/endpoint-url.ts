import { endpointUrlCharsMax } from './limits.ts';
import { isListenerUrl, LISTENER_NAME_RULE, listenerIn } from './listener-url.ts';

/**
 * What is wrong with an endpoint's URL, as the end of a sentence that begins with where it stands; null when nothing
 * is. Never repeats the URL, which may hold credentials.
 *
 * What reads differently in other parsers (backslashes, white space that WHATWG drops) is refused, so that nobody who
 * checks a URL by other means sees another host than the one that is dialled. Whether an address may be dialled is
 * judged elsewhere (`makeAddressJudge`). A listener's URL leads to no host.
 */
export function endpointUrlProblem(url: string): string | null {
  if (url.length > endpointUrlCharsMax) return `is longer than ${endpointUrlCharsMax} characters`;
  if (isListenerUrl(url)) {
    return listenerIn(url) === null
      ? `must name a listener behind listener:, and the name ${LISTENER_NAME_RULE}`
      : null;
  }
  if (!/^https?:\/\//i.test(url)) return 'must begin with http:// or https://';
  if (/[\s\p{Cc}]/u.test(url)) return 'contains white space or a control character; write it percent-encoded';
  if (url.includes('\\')) return 'contains a backslash; write / or %5C';
  if (url.includes('#')) return 'has a fragment (#…), which is never sent; leave it out';
  // WHATWG passes over any number of slashes.
  if (!/^\w+:\/\/[^/?]/.test(url)) return 'has no host behind ://';
  if (URL.parse(url) === null) return 'is not a URL';
  if (authorityOf(url).includes('@')) {
    return 'holds a user name or password; send them in a static header (Authorization) instead';
  }
  return null;
}

/** As it was written: WHATWG forgets an empty user name. */
function authorityOf(url: string): string {
  return url.split(/[/?]/)[2] ?? '';
}
