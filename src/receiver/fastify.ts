/** `sluice/receiver/fastify`: a plugin for Fastify 4 and 5. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { readNodeBody } from './node-body.ts';
import { makeReceiver, type ReceiverOptions } from './receive.ts';
import { WebhookError } from './webhook-error.ts';

export interface FastifyReceiverOptions extends ReceiverOptions {
  /** The path of the route. */
  readonly url: string;
}

/** What is used of Fastify, so that its package is not needed here. */
export interface FastifyLike {
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    contentType: string,
    parser: (request: unknown, payload: IncomingMessage, done: (error: Error | null, body?: unknown) => void) => void,
  ): unknown;
  route(route: {
    method: string[];
    url: string;
    handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>;
  }): unknown;
}

interface FastifyRequestLike {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly raw: IncomingMessage;
}

interface FastifyReplyLike {
  code(status: number): FastifyReplyLike;
  headers(headers: Record<string, string>): FastifyReplyLike;
  send(body: string): unknown;
}

/**
 * A plugin with one route. It takes bodies as they come, which Fastify's own parser would not; that holds inside the plugin
 * alone, other routes parse as before.
 *
 *     await app.register(receiveWebhooks, { url: '/webhooks', secrets, onEvent });
 */
// eslint-disable-next-line @typescript-eslint/require-await -- Fastify waits for plugins that have no callback
export async function receiveWebhooks(app: FastifyLike, options: FastifyReceiverOptions): Promise<void> {
  const receive = makeReceiver(options);
  app.removeAllContentTypeParsers();
  // The stream itself is the body: it is read below, by the same rules as elsewhere.
  app.addContentTypeParser('*', (_request, payload, done) => {
    done(null, payload);
  });
  app.route({
    method: ['POST', 'PUT', 'PATCH'],
    url: options.url,
    handler: async ({ method, headers, raw }, reply) => {
      const readBody = async (bytesMax: number): Promise<Uint8Array> => {
        if (raw.readableDidRead) throw hookHasRead();
        return readNodeBody(raw, bytesMax);
      };
      const { status, headers: answered, body } = await receive({ method, headers, readBody });
      const closing = raw.complete ? {} : { connection: 'close' };
      return reply
        .code(status)
        .headers({ ...answered, ...closing })
        .send(body);
    },
  });
}

function hookHasRead(): WebhookError {
  return new WebhookError(
    'body_parsed',
    'a hook such as a raw-body plugin has read the body before: keep it away from the route of receiveWebhooks',
  );
}
