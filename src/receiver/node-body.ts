import type { IncomingMessage } from 'node:http';
import { DRAINED, joined, tooLarge } from './read-bytes.ts';
import { WebhookError } from './webhook-error.ts';

/** The whole body, in memory. @throws WebhookError `body_too_large`, `body_incomplete` */
export async function readNodeBody(stream: NodeBody, bodyBytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // By events: leaving a loop over the stream would destroy the connection, and the answer with it.
  await new Promise<void>((resolve, reject) => {
    stream.on('data', (chunk: Uint8Array) => {
      length += chunk.length;
      if (length <= bodyBytesMax) chunks.push(chunk);
      else if (length > bodyBytesMax * DRAINED) reject(tooLarge(bodyBytesMax));
    });
    stream.on('end', () => {
      if (length <= bodyBytesMax) resolve();
      else reject(tooLarge(bodyBytesMax));
    });
    for (const event of ['error', 'close'] as const)
      stream.on(event, () => {
        reject(new WebhookError('body_incomplete', 'the connection ended before all of the body was there'));
      });
  });
  return joined(chunks, length);
}

export type NodeBody = Pick<IncomingMessage, 'on'>;
