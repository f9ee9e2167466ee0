import { isIP } from 'node:net';

/** An IP address, or a CIDR range of them. Zone ids mean something on one machine only, and are no range. */
export function isAddressOrRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/** A host name or an address without brackets, scheme or port. */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return true;
  return text.length <= 253 && /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) && !/^[\d.]+$/.test(text);
}

/** Where an HTTP proxy is, and as whom to come. HTTPS to the proxy itself is not spoken. */
export function isProxyUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || /[\s\p{Cc}\\]/u.test(text) || !/^http:\/\//i.test(text)) return false;
  // RFC 7617: the first colon ends the user name.
  if (!isDecodable(url.username) || !isDecodable(url.password) || /%3a/i.test(url.username)) return false;
  return url.hostname !== '' && `${url.pathname}${url.search}${url.hash}` === '/' && url.port !== '0';
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Something that the paths of Sluice can be put behind. */
export function isPublicUrl(text: string): boolean {
  const url = /^https?:\/\/[^\s\\?#@]+$/i.test(text) ? URL.parse(text) : null;
  return url !== null && url.hostname !== '';
}
