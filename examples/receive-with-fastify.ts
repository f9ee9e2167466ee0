/**
 * Receives webhooks in a Fastify application. The plugin reads its route's bodies itself; other routes parse as ever.
 *
 *   WEBHOOK_SECRETS=keep-me-safe bin/node examples/receive-with-fastify.ts
 *
 * WEBHOOK_SECRETS is the destination's `sharedSecret`; while it is changed the old and the new one, with a blank between.
 */
import fastify from 'fastify';
import { receiveWebhooks } from 'sluice/receiver/fastify';

const app = fastify();

await app.register(receiveWebhooks, {
  url: '/webhooks',
  secrets: process.env['WEBHOOK_SECRETS']?.split(' '),
  // Called once for each event, also of a batch. Throw, and the event comes again.
  onEvent(event) {
    console.log(`${event.type} ${event.messageId}`);
  },
  // By default, why something was refused goes to console.error.
});

app.post('/', ({ body }) => ({ got: body }));

const address = await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT'] ?? 3000) });
console.log(`waiting for webhooks at ${address}/webhooks`);
