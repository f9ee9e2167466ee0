import { sluiceUrl } from './api.ts';

/** A call, sent as a library sends it. Rejects with what Sluice answers in place of `200`. */
export async function sendCall(writeKey: string, call: Readonly<Record<string, unknown>>): Promise<void> {
  const response = await fetch(`${sluiceUrl}v1/${String(call['type'])}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${writeKey}:`)}`, 'content-type': 'application/json' },
    body: JSON.stringify(call),
  });
  if (!response.ok) throw new Error(`Sluice answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
}

/** As a shop would send it. */
export function sampleCall(): { readonly messageId: string; readonly [field: string]: unknown } {
  return {
    type: 'track',
    messageId: `dashboard-${crypto.randomUUID()}`,
    userId: 'test-user',
    event: 'Order Completed',
    properties: { order_id: '50314b8e', total: 27.5, currency: 'USD', products: [{ sku: 'G-32', quantity: 1 }] },
    context: { app: { name: 'Sluice dashboard' } },
  };
}
