import { createServer } from 'node:net';
import type { Config } from './config/schema.ts';
import { OWN_NETWORK } from './domain/address-policy.ts';
import { DEFAULT_DELIVERY_POLICY, type Destination } from './domain/destination.ts';
import { SluiceError } from './domain/errors.ts';
import { onlySecret } from './domain/secret-rotation.ts';
import { makeSource, type Source } from './domain/source.ts';
import type { BinIds } from './http/bin-ids.ts';
import type { BinParts } from './http/bins.ts';

/**
 * Nobody but this machine may reach a server that asks for no login.
 *
 * @throws SluiceError `dev_on_loopback_only`
 */
export function checkLoopback(host: string): void {
  if (host === 'localhost' || host === '::1' || /^127\.[0-9.]+$/.test(host)) return;
  throw new SluiceError('dev_on_loopback_only', { host });
}

/** The only names that a server without a login answers to. */
export const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];

/** Where requests may go. `dev` reaches one's own machine and network too, and directly: for a proxy, this machine would be another. */
export function networkOf({ network }: Config, mode: 'dev' | 'serve'): Config['network'] {
  const { allow, deny } = network;
  return mode === 'dev' ? { allow: [...allow, ...OWN_NETWORK], deny, proxy: null } : network;
}

/** Who may say where requests come from and go to. Nobody stands before `dev`. */
export function forwardedIn(
  { http }: Config,
  mode: 'dev' | 'serve',
): Pick<Config['http'], 'trustedProxies' | 'publicUrl'> {
  const { trustedProxies, publicUrl } = http;
  return mode === 'dev' ? { trustedProxies: [], publicUrl: null } : { trustedProxies, publicUrl };
}

const DEV_BIN = 'dev';

/** With the one that `dev` delivers to. */
export function developmentBins(ids: BinIds): Pick<BinParts, 'ids' | 'standing'> {
  return { ids: { make: () => ids.make(), isOne: (id) => id === DEV_BIN || ids.isOne(id) }, standing: [DEV_BIN] };
}

/** What the file declares, and beside it the source `dev`, connected to a request bin of this server. */
export function withDevelopment(
  { sources, destinations, http }: Config,
  port: number,
): { readonly sources: readonly Source[]; readonly destinations: readonly Destination[] } {
  // A source of the file that has this write key takes its place.
  const declared = sources.find(({ id, writeKeys }) => id === 'dev' || writeKeys.includes('dev'));
  const source = declared ?? makeSource({ id: 'dev', name: 'Development', writeKeys: ['dev'] });
  const host = http.host.includes(':') ? `[${http.host}]` : http.host;
  const endpoint = { url: `http://${host}:${port}/bins/${DEV_BIN}`, headers: {}, auth: null };
  const bin: Destination = {
    id: 'dev-bin',
    name: 'Request bin',
    sources: [source.id],
    type: 'webhooks',
    enabled: true,
    endpoints: [endpoint],
    basic: endpoint,
    ...onlySecret(null),
    tls: null,
    delivery: DEFAULT_DELIVERY_POLICY,
    origin: 'file',
  };
  return {
    sources: declared === undefined ? [...sources, source] : sources,
    destinations: [...destinations.filter(({ id }) => id !== bin.id), bin],
  };
}

/** The bin's URL has to be known before anything is delivered, so a free port is picked before the server opens. */
export async function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, host, () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
