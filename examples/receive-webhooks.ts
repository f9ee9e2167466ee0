/**
 * A receiver that checks signatures and takes each event once. Without a framework, to show all that is needed.
 *
 *   WEBHOOK_SECRET=keep-me-safe bin/node examples/receive-webhooks.ts
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { pathToFileURL } from 'node:url';

/** How far a request's timestamp may be off: an old request that somebody kept cannot be sent again later. */
const TOLERANCE_S = 5 * 60;

/** Whether the request was signed with this secret, and lately, by the Standard Webhooks scheme. */
export function isGenuine(
  headers: IncomingMessage['headers'],
  body: Buffer,
  secret: string,
  nowS = Date.now() / 1000,
): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || typeof at !== 'string' || typeof signatures !== 'string') return false;
  if (!(Math.abs(nowS - Number(at)) <= TOLERANCE_S)) return false;
  // The raw bytes, as they came: parsing and stringifying again is only needed for the older X-Signature.
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  const expected = createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest();
  return signatures.split(' ').some((signature) => {
    const [version, value = ''] = signature.split(',');
    const given = Buffer.from(value, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** Ids of events that were taken: a database with a unique index, in earnest. */
const taken = new Set<string>();

function serve(secret: string, port: number): void {
  const server = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const body = Buffer.concat(chunks as Buffer[]);
      if (!isGenuine(request.headers, body, secret)) {
        response.writeHead(401).end();
        return;
      }
      const id = String(request.headers['webhook-id']);
      // The same event may come more than once: when an answer was lost, or the sender was killed.
      if (!taken.has(id)) {
        taken.add(id);
        console.log(id, body.toString());
      }
      response.writeHead(200).end();
    });
  });
  server.listen(port, '127.0.0.1', () => {
    console.log(`waiting for webhooks at http://127.0.0.1:${port}/`);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  serve(process.env['WEBHOOK_SECRET'] ?? 'keep-me-safe', Number(process.env['PORT'] ?? 3000));
}
