/**
 * Sends one event with Segment's official Node library, unmodified: only its host is Sluice's.
 *
 *   npm start                                       in one terminal
 *   bin/node examples/send-with-analytics-node.ts   in another, and look at the first
 */
import { Analytics } from '@segment/analytics-node';

const analytics = new Analytics({
  host: process.env['SLUICE_URL'] ?? 'http://127.0.0.1:8080',
  writeKey: process.env['SLUICE_WRITE_KEY'] ?? 'dev',
});

analytics.track({
  userId: '019mr8mf4r',
  event: 'Purchased an Item',
  properties: { revenue: 39.95, shippingMethod: '2-day' },
});
await analytics.closeAndFlush();
