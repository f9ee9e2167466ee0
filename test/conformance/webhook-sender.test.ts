import { isIP } from 'node:net';
import { makeSharedResolver, type Resolver } from '../../src/adapters/webhook/address-guard.ts';
import { makeOpenWebhookSender } from '../../src/adapters/webhook/sender.ts';
import type { MakeOpenWebhookSender, Surroundings } from '../support/webhook-sender-bench.ts';
import { webhookSenderFailuresSuite } from './webhook-sender-failures.suite.ts';
import { webhookSenderHostileSuite } from './webhook-sender-hostile.suite.ts';
import { webhookSenderProxySuite } from './webhook-sender-proxy.suite.ts';
import { webhookSenderReachSuite } from './webhook-sender-reach.suite.ts';
import { webhookSenderTlsSuite } from './webhook-sender-tls.suite.ts';
import { webhookSenderTrustSuite } from './webhook-sender-trust.suite.ts';
import { webhookSenderSuite } from './webhook-sender.suite.ts';

const BACKENDS: Readonly<Record<string, MakeOpenWebhookSender>> = {
  'HTTP/1.1': ({ ambient, ca, names, ...network }) =>
    makeOpenWebhookSender({ ambient, network, ca, resolver: resolverOf(names), version: '1.2.3' }),
};

function resolverOf(names: Surroundings['names']): Resolver {
  const system = makeSharedResolver();
  return (host, answer) => {
    const addresses = names[host]?.();
    if (addresses === undefined) system(host, answer);
    else
      setImmediate(
        answer,
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      );
  };
}

for (const [name, makeOpen] of Object.entries(BACKENDS)) {
  webhookSenderSuite(name, makeOpen);
  webhookSenderFailuresSuite(name, makeOpen);
  webhookSenderHostileSuite(name, makeOpen);
  webhookSenderTrustSuite(name, makeOpen);
  webhookSenderTlsSuite(name, makeOpen);
  webhookSenderReachSuite(name, makeOpen);
  webhookSenderProxySuite(name, makeOpen);
}
