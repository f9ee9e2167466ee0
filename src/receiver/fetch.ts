/** `sluice/receiver/fetch`: for the Fetch API, as Cloudflare Workers, Deno, Bun, Hono and Next.js have it. */
import type { RawBody } from './body.ts';
import { DRAINED, joined, tooLarge } from './read-bytes.ts';
import { makeReceiver, type ReceiverOptions } from './receive.ts';
import { WebhookError } from './webhook-error.ts';

/**
 * A function that takes the request of a webhook, and always resolves to what to answer.
 *
 *     export default { fetch: receiveWebhooks({ secrets, onEvent }) };
 */
export function receiveWebhooks(options: ReceiverOptions): (request: Request) => Promise<Response> {
  const receive = makeReceiver(options);
  return async (request) => {
    const { method, headers } = request;
    const answer = await receive({ method, headers, readBody: async (bytesMax) => readBody(request, bytesMax) });
    return new Response(answer.body, { status: answer.status, headers: { ...answer.headers } });
  };
}

async function readBody(request: Request, bytesMax: number): Promise<RawBody> {
  if (request.bodyUsed)
    throw new WebhookError(
      'body_parsed',
      'the body was read before, by `request.json()` perhaps: hand the request over untouched, or a `request.clone()`',
    );
  if (request.body === null) return '';
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await next(reader);
    if (done && length > bytesMax) throw tooLarge(bytesMax);
    if (done) return joined(chunks, length);
    length += value.length;
    if (length <= bytesMax) chunks.push(value);
    if (length > bytesMax * DRAINED) {
      await reader.cancel();
      throw tooLarge(bytesMax);
    }
  }
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new WebhookError('body_incomplete', 'the connection ended before all of the body was there', { cause });
  }
}
