/**
 * The path that a request's URL leads to, as the router reads it and in lower case; of a URL that cannot be decoded, as
 * far as it can be. Slashes that are escaped stay so.
 */
export function pathIn(url: string): string {
  const path = url.split(/[?#]/, 1)[0] ?? '';
  return path
    .replace(/^https?:\/\/[^/]*/i, '')
    .split('/')
    .map(decoded)
    .join('/')
    .toLowerCase();
}

function decoded(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return text;
  }
}
