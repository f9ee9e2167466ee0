/**
 * Receives webhooks wherever a request is answered by a function of the Fetch API: Cloudflare Workers, Deno, Bun, Hono,
 * Next.js. What is exported is a whole worker; Node.js has no server for it, so that the lines below it make one.
 *
 *   WEBHOOK_SECRETS=keep-me-safe bin/node examples/receive-with-fetch.ts
 *
 * WEBHOOK_SECRETS is the destination's `sharedSecret`; while it is changed the old and the new one, with a blank between.
 */
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { receiveWebhooks } from 'sluice/receiver/fetch';

// A Cloudflare Worker gets its secrets as `env`, the second parameter of `fetch`: make the receiver there, the first time.
const receive = receiveWebhooks({
  secrets: process.env['WEBHOOK_SECRETS']?.split(' '),
  // Called once for each event, also of a batch. Throw, and the event comes again.
  onEvent(event) {
    console.log(`${event.type} ${event.messageId}`);
  },
  // Workers come and go, and share no memory: give `seen` a store of theirs. This remembers as long as the worker lives.
});

export default { fetch: receive };

if (import.meta.main) {
  const server = createServer((incoming, response) => {
    const { method = 'GET', url = '/', headers } = incoming;
    const body = method === 'POST' ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' as const } : {};
    const request = new Request(new URL(url, 'http://127.0.0.1'), {
      ...{ method, headers: headers as Record<string, string> },
      ...body,
    });
    void receive(request).then(async (answer) => {
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
    });
  });
  server.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
    const { port } = server.address() as { port: number };
    console.log(`waiting for webhooks at http://127.0.0.1:${port}/`);
  });
}
