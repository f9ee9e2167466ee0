/**
 * Receives webhooks in an Express application, beside routes that take JSON.
 *
 *   WEBHOOK_SECRETS=keep-me-safe bin/node examples/receive-with-express.ts
 *
 * WEBHOOK_SECRETS is the destination's `sharedSecret`; while it is changed the old and the new one, with a blank between.
 */
import express from 'express';
import { receiveWebhooks } from 'sluice/receiver/express';

const app = express();

// Before express.json(): a signature is over the bytes as they came, and a parser does not keep them.
app.post(
  '/webhooks',
  receiveWebhooks({
    secrets: process.env['WEBHOOK_SECRETS']?.split(' '),
    // Called once for each event, also of a batch. Throw, and the event comes again.
    onEvent(event) {
      console.log(`${event.type} ${event.messageId}`);
    },
    // By default, why something was refused goes to console.error.
  }),
);

app.use(express.json());
app.get('/', (_request, response) => {
  response.json({ webhooks: '/webhooks' });
});

const server = app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  console.log(`waiting for webhooks at http://127.0.0.1:${port}/webhooks`);
});
