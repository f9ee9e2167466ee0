import { WebhookError } from './webhook-error.ts';

/** So many times the bound is read of a body that is too large, and dropped, so that its sender gets to read the answer. */
export const DRAINED = 4;

export function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

export function tooLarge(bodyBytesMax: number): WebhookError {
  return new WebhookError(
    'body_too_large',
    `the body has more than ${bodyBytesMax} bytes: raise \`bodyBytesMax\`, or lower \`delivery.batch.maxBytes\` of the destination`,
  );
}
