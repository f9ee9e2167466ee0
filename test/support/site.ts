import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificates.ts';

/** A web site of somebody else's, on a free port: what it has, by path. Any other path is a 404. */
export interface Site extends AsyncDisposable {
  /** As a browser of `test/support/chromium.ts` reaches it: `http://shop.example:PORT`. */
  readonly origin: string;
  /** Puts a document or a script there; what a path ends with says which. */
  put(path: string, content: string): void;
}

export interface SiteOptions {
  /** Speaks HTTPS by it. */
  readonly certificate?: Certificate;
}

export async function openSite({ certificate }: SiteOptions = {}): Promise<Site> {
  // Each browser asks for one, of any site.
  const contents = new Map([['/favicon.ico', '']]);
  const serve = ({ url = '/' }: IncomingMessage, response: ServerResponse): void => {
    const [path = '/'] = url.split('?');
    const content = contents.get(path);
    const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(content === undefined ? 404 : 200, { 'Content-Type': `${type}; charset=utf-8` }).end(content);
  };
  const server: Server = certificate === undefined ? createServer(serve) : createTlsServer(certificate, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `${certificate === undefined ? 'http' : 'https'}://shop.example:${(server.address() as AddressInfo).port}`,
    put: (path, content) => void contents.set(path, content),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A page with these scripts in its head, each as it stands. A snippet needs one script element that it can stand before. */
export function documentOf({
  title = 'Shop',
  head = '',
  body = '',
}: {
  title?: string;
  head?: string;
  body?: string;
}): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${head}</head><body>${body}</body></html>`;
}
