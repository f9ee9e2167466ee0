import { constants } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { EndpointTls } from '../../domain/destination.ts';

/** Whom the requests of a destination trust, and as whom they come. */
export type Trust = (tls: EndpointTls | null) => SecureContext;

/**
 * A context for each different setting, so that nobody trusts what another trusts or shows its certificate, and one for
 * all with the same: the authorities of the process are many, and take 16 ms and 1.2 MiB beside others. They are read
 * when the first endpoint needs them.
 *
 * @param ca certificates (PEM) of authorities to trust besides the process's own
 */
export function makeTrust(ca: readonly string[]): Trust {
  /** As long as somebody has one. */
  const made = new Map<string, WeakRef<SecureContext>>();
  return (tls) => {
    const key = JSON.stringify(tls);
    const known = made.get(key)?.deref();
    if (known !== undefined) return known;
    for (const [other, context] of made) if (context.deref() === undefined) made.delete(other);
    const context = contextOf(typeof tls?.ca === 'string' ? [...ca, tls.ca] : ca, tls?.client ?? null);
    made.set(key, new WeakRef(context));
    return context;
  };
}

function contextOf(more: readonly string[], client: EndpointTls['client']): SecureContext {
  // Without `ca` there are the process's own, which are read once then, and not for each context.
  const ca = more.length === 0 ? {} : { ca: [...getCACertificates('default'), ...more] };
  return createSecureContext({ ...PROTOCOL, ...ca, ...client });
}

/**
 * By default the version depends on the command line (`--tls-min-v1.0`). Older ones are broken (RFC 8996).
 *
 * No second handshake on a connection: a TLS 1.2 server may ask for one after the other without end, and each costs more
 * here than there. What needs it, a server that asks for a client's certificate only once it has seen the request, has
 * to ask in the first handshake.
 */
const PROTOCOL = { minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_RENEGOTIATION } as const;
