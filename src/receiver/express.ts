/** `sluice/receiver/express`: for Express 4 and 5, and what else has its `request.body`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RawBody } from './body.ts';
import { writeAnswer } from './node.ts';
import { readNodeBody } from './node-body.ts';
import { makeReceiver, type ReceiverOptions } from './receive.ts';
import { WebhookError } from './webhook-error.ts';

/** What parsers leave at a request: `body`, and `rawBody` where a platform or a `verify` of a parser keeps the bytes. */
export type ExpressRequest = IncomingMessage & { readonly body?: unknown; readonly rawBody?: unknown };

/**
 * A route's last middleware. It reads the body itself, so put it before `express.json()`, or give the route
 * `express.raw({ type: '*\/*' })`.
 *
 *     app.post('/webhooks', receiveWebhooks({ secrets, onEvent }));
 *     app.use(express.json()); // for the routes that follow
 */
export function receiveWebhooks(options: ReceiverOptions): (request: ExpressRequest, response: ServerResponse) => void {
  const receive = makeReceiver(options);
  return (request, response) => {
    const { method = '', headers } = request;
    void receive({ method, headers, readBody: async (bytesMax) => bodyOf(request, bytesMax) }).then((answer) => {
      writeAnswer(request, response, answer);
    });
  };
}

/** @throws WebhookError `body_parsed` where somebody has read it and did not keep the bytes */
async function bodyOf(request: ExpressRequest, bytesMax: number): Promise<RawBody> {
  for (const kept of [request.rawBody, request.body])
    if (ArrayBuffer.isView(kept) || typeof kept === 'string') return kept;
  // Express 4 parsers leave `{}` where they had nothing to do.
  if (!request.readableDidRead && !request.readableEnded) return readNodeBody(request, bytesMax);
  throw new WebhookError(
    'body_parsed',
    'a parser such as express.json() has read the body, and the bytes that were signed are gone: put receiveWebhooks before app.use(express.json()), or give its route express.raw({ type: "*/*" })',
  );
}
