import { X509Certificate } from 'node:crypto';
import type { Destination } from '../domain/destination.ts';

/** A certificate that requests present, outside of the time for which it is good. */
export interface StaleCertificate {
  readonly destination: string;
  readonly problem: string;
  readonly validFrom: string;
  readonly validTo: string;
}

/**
 * The certificates that enabled destinations present (`settings.tls.cert`) and that endpoints refuse now, since they
 * have expired or are not good yet. Nothing to refuse a start for: the same file was good when it was written. But
 * endpoints often end the connection without a word about it, and so it is told before.
 */
export function staleCertificates(destinations: readonly Destination[], nowMs: number): readonly StaleCertificate[] {
  return destinations.flatMap(({ id, enabled, tls }) => {
    if (!enabled || tls?.client === undefined || tls.client === null) return [];
    const { validFromDate, validToDate } = new X509Certificate(tls.client.cert);
    const problem = problemOf(validFromDate.getTime(), validToDate.getTime(), nowMs);
    if (problem === null) return [];
    return [{ destination: id, problem, validFrom: validFromDate.toISOString(), validTo: validToDate.toISOString() }];
  });
}

function problemOf(fromMs: number, toMs: number, nowMs: number): string | null {
  if (nowMs > toMs) return 'it has expired; renew it, and set tls.cert and tls.key';
  return nowMs < fromMs ? 'it is not good yet; check the clock of this machine' : null;
}
