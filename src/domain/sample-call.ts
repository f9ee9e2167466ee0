import { isJsonObject, type JsonObject } from '../lib/json-object.ts';
import type { CallType } from './event.ts';
import { isoOf } from './timestamp.ts';

/** By which a test event's `context` says that it is one. */
export const TEST_MARKER = 'sluiceTest';

/**
 * A call of a type as a library would send it: with everything that senders usually fill in, so that a receiver's
 * parsing is put to the test.
 */
export function sampleCallOf(type: CallType, nowMs: number): JsonObject {
  const at = isoOf(nowMs);
  const who = { userId: 'test-user-1', anonymousId: '5f2c7f3e-0000-4000-8000-000000000001' };
  const common = { type, ...who, context: CONTEXT, integrations: {}, timestamp: at, sentAt: at };
  switch (type) {
    case 'track':
      return { ...common, event: 'Order Completed', properties: ORDER };
    case 'identify':
      return { ...common, traits: PERSON };
    case 'page':
      return { ...common, category: 'Docs', name: 'Getting started', properties: PAGE };
    case 'screen':
      return { ...common, category: 'Account', name: 'Settings', properties: { variant: 'dark', feature: 'profile' } };
    case 'group':
      return { ...common, groupId: 'test-group-1', traits: COMPANY };
    case 'alias':
      return { ...common, userId: 'test-user-1', previousId: who.anonymousId };
  }
}

/**
 * A call that is sent as a test: with a message id of its own, so that no receiver takes it for an event that it had, or
 * will have, and with a mark in its `context`. One that is no object is left as it is.
 */
export function asTest(call: JsonObject, messageId: string): JsonObject {
  const context = call.context ?? {};
  const marked = isJsonObject(context) ? { ...context, [TEST_MARKER]: true } : context;
  return { ...call, messageId, context: marked };
}

const PAGE = {
  ...{ title: 'Getting started', path: '/docs/start', search: '?ref=nav', referrer: 'https://www.example.com/' },
  url: 'https://www.example.com/docs/start?ref=nav',
};

const CONTEXT = {
  library: { name: 'sluice', version: 'test' },
  ip: '203.0.113.7',
  locale: 'en-GB',
  timezone: 'Europe/Berlin',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  page: PAGE,
};

const ORDER = {
  order_id: 'test-order-1001',
  ...{ affiliation: 'Web shop', currency: 'EUR', total: 53.98, subtotal: 45.98, shipping: 5, tax: 3 },
  coupon: null,
  products: [
    { product_id: 'p-1', sku: 'G-32', name: 'Café cups «Zoë» ☕', price: 22.99, quantity: 2, category: 'Kitchen' },
  ],
};

const PERSON = {
  ...{ email: 'zoe@example.com', firstName: 'Zoë', lastName: 'Example', plan: 'premium', logins: 5 },
  createdAt: '2026-01-31T12:00:00.000Z',
  address: { city: 'Köln', country: 'Germany', postalCode: '50667' },
};

const COMPANY = { name: 'Example & Co.', industry: 'Technology', employees: 329, plan: 'enterprise' };
