import { verifyWebhook, WebhookError, type WebhookRequest } from 'sluice/receiver';

/** Whether a receiver that knows this secret takes the request, by Standard Webhooks. @param nowS without one: now */
export async function isGenuine(
  headers: WebhookRequest['headers'],
  body: WebhookRequest['body'],
  secret: string,
  nowS = Date.now() / 1000,
): Promise<boolean> {
  try {
    await verifyWebhook({ headers, body, secrets: secret, nowMs: () => nowS * 1000 });
    return true;
  } catch (error) {
    // Only a genuine body is looked into.
    if (error instanceof WebhookError) return error.reason === 'body_malformed';
    throw error;
  }
}
