import { makeOpenWebhookSender } from '../../src/adapters/webhook/sender.ts';
import type { MakeOpenWebhookSender } from '../support/webhook-sender-bench.ts';
import { webhookSenderFailuresSuite } from './webhook-sender-failures.suite.ts';
import { webhookSenderTrustSuite } from './webhook-sender-trust.suite.ts';
import { webhookSenderSuite } from './webhook-sender.suite.ts';

const BACKENDS: Readonly<Record<string, MakeOpenWebhookSender>> = {
  undici: ({ ambient, allow, ca }) => makeOpenWebhookSender({ ambient, network: { allow }, ca, version: '1.2.3' }),
};

for (const [name, makeOpen] of Object.entries(BACKENDS)) {
  webhookSenderSuite(name, makeOpen);
  webhookSenderFailuresSuite(name, makeOpen);
  webhookSenderTrustSuite(name, makeOpen);
}
