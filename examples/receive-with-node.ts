/**
 * Receives webhooks with Node.js alone: checks that Sluice sent them, and works on each event once.
 *
 *   WEBHOOK_SECRETS=keep-me-safe bin/node examples/receive-with-node.ts
 *
 * WEBHOOK_SECRETS is the destination's `sharedSecret`; while it is changed the old and the new one, with a blank between.
 */
import { createServer } from 'node:http';
import { rememberInMemory, WebhookError } from 'sluice/receiver';
import { receiveWebhooks } from 'sluice/receiver/node';

const listener = receiveWebhooks({
  secrets: process.env['WEBHOOK_SECRETS']?.split(' '),

  // Sluice sends an event again when an answer was lost. What remembers them should outlive this process: a table with a
  // unique id, with the same three methods.
  seen: rememberInMemory({ idsMax: 10_000 }),

  // Your work. Return when it is done, within 5 seconds; throw, and the event comes again.
  onEvent(event, webhook) {
    switch (event.type) {
      case 'track':
        console.log(`track ${event.messageId}: ${event.event}`, event.properties ?? {});
        break;
      case 'identify':
        console.log(`identify ${event.messageId}: ${event.userId ?? event.anonymousId ?? ''}`, event.traits ?? {});
        break;
      case 'delete':
        // Somebody asked to be forgotten.
        console.log(`delete ${event.messageId}: ${event.userId ?? event.anonymousId ?? ''}`);
        break;
      case 'page':
      case 'screen':
      case 'group':
      case 'alias':
      default:
        console.log(`${event.type} ${event.messageId} (${webhook.isBatch ? 'of a batch' : 'alone'})`);
    }
  },

  // Why a request was not taken, or what `onEvent` threw. The answer says no more than Sluice has to know.
  onError(error) {
    console.error(error instanceof WebhookError ? `not taken: ${error.message}` : error);
  },
});

const server = createServer(listener).listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  console.log(`waiting for webhooks at http://127.0.0.1:${port}/`);
});
