import type { Expected, Kind, LibraryRequest, Sending, Wire } from './library.ts';
import { headOf } from './library.ts';

/** A request by which a browser loads a script or a picture: a call in its query. */
export function loading(
  { kind, path, text, event }: { kind: Kind; path: string; text: string; event: Expected },
  { host }: Sending,
): LibraryRequest {
  const wire = (query: string, at: string = path): Wire => ({
    head: headOf(`GET ${at}?${query} HTTP/1.1`, [
      `Host: ${host}`,
      'Connection: keep-alive',
      `User-Agent: ${BROWSER}`,
      'Accept: */*',
      'Referer: https://shop.example/',
      'Accept-Encoding: gzip, deflate, br',
      'Accept-Language: en-GB,en;q=0.9',
    ]),
    body: Buffer.alloc(0),
  });
  return { kind, text, events: [event], wire };
}

export const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
