/** What an answer that is no success usually means, and what an operator should do about it. */
export interface StatusAdvice {
  readonly meaning: string;
  readonly advice: string;
}

/** The statuses that deserve more than their class. `docs/webhooks.md` has them too, and a test compares the two. */
export const STATUS_ADVICE: Readonly<Record<string, StatusAdvice>> = {
  '400': { meaning: 'it does not take this event', advice: 'its own log says why; check what it expects of a body' },
  '401': { meaning: 'it does not know who calls', advice: "check the webhook's `auth`, and the shared secret" },
  '403': { meaning: 'it does not let Sluice in', advice: "check the webhook's `auth`, and its list of addresses" },
  '404': { meaning: 'nothing is at this path', advice: "check the webhook's URL" },
  '405': { meaning: 'it wants another method', advice: 'set `delivery.method`' },
  '408': { meaning: 'the request took it too long to read', advice: 'look for a slow network or proxy on the way' },
  '410': { meaning: 'it is gone for good', advice: 'take the webhook away, or correct its URL' },
  '413': { meaning: 'the event is too large for it', advice: 'raise its limit: an event has up to 32 KiB' },
  '415': { meaning: 'it does not take JSON', advice: 'have it take `application/json`' },
  '429': {
    meaning: 'it gets more than it takes',
    advice: 'set `delivery.rateLimitPerSecond`, or lower `delivery.concurrency`',
  },
  '502': { meaning: 'a proxy before it got no answer', advice: 'check that what is behind the proxy runs' },
  '503': { meaning: 'it is not available now', advice: 'wait, or look after the endpoint' },
  '504': { meaning: 'a proxy before it waited in vain', advice: 'have it answer first and work afterwards' },
  '3xx': { meaning: 'it redirects, which is never followed', advice: "set the webhook's URL to where it leads" },
  '4xx': { meaning: 'it does not take this request', advice: 'look into its log' },
  '5xx': { meaning: 'it failed', advice: 'look into its log' },
};

/** What is known of a status, by itself or by its class; null for a success and for what HTTP does not have. */
export function statusAdvice(status: number): StatusAdvice | null {
  return STATUS_ADVICE[String(status)] ?? STATUS_ADVICE[`${Math.floor(status / 100)}xx`] ?? null;
}

/** A sentence about an answer that is no success. */
export function statusMessage(status: number): string {
  const known = statusAdvice(status);
  const answered = `the endpoint answered ${status}`;
  return known === null ? answered : `${answered}: ${known.meaning}; ${known.advice.replaceAll('`', '')}`;
}
