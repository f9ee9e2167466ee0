import { isIP } from 'node:net';
import { after } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { makeSharedResolver, type Resolver } from '../../src/adapters/webhook/address-guard.ts';
import { makeOpenWebhookSender } from '../../src/adapters/webhook/sender.ts';
import { serveSenders } from '../../src/adapters/webhook/serve-senders.ts';
import { makeOpenThreadedSender } from '../../src/adapters/webhook/threaded-sender.ts';
import type { OpenWebhookSender } from '../../src/ports/webhook-sender.ts';
import type { MakeOpenWebhookSender, Surroundings } from '../support/webhook-sender-bench.ts';
import { webhookSenderFailuresSuite } from './webhook-sender-failures.suite.ts';
import { webhookSenderHostileSuite } from './webhook-sender-hostile.suite.ts';
import { webhookSenderProxySuite } from './webhook-sender-proxy.suite.ts';
import { webhookSenderReachSuite } from './webhook-sender-reach.suite.ts';
import { webhookSenderTlsSuite } from './webhook-sender-tls.suite.ts';
import { webhookSenderTrustSuite } from './webhook-sender-trust.suite.ts';
import { webhookSenderSuite } from './webhook-sender.suite.ts';

const BACKENDS: Readonly<Record<string, MakeOpenWebhookSender>> = {
  'HTTP/1.1': openHere,
  'HTTP/1.1 over channels': openThreaded,
};
const THREADS = 3;

function openHere({ ambient, ca, names, ...network }: Surroundings): OpenWebhookSender {
  return makeOpenWebhookSender({ ambient, network, ca, resolver: resolverOf(names), version: '1.2.3' });
}

/** The far ends are in this thread, where simulated time and names can reach them: all else is as between threads. */
function openThreaded(surroundings: Surroundings): OpenWebhookSender {
  const ports = Array.from({ length: THREADS }, () => {
    const { port1, port2 } = new MessageChannel();
    serveSenders(port2, openHere(surroundings), surroundings.ambient);
    opened.push(port1);
    return port1;
  });
  return makeOpenThreadedSender(ports, surroundings.ambient);
}

const opened: MessagePort[] = [];
after(() => {
  for (const port of opened) port.close();
});

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
