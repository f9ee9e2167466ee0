import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { isJsonObject } from '../lib/json-object.ts';
import type { Problem } from './problems.ts';

/**
 * All in a destination's `tls` that would otherwise fail at the first handshake: what is no PEM, a certificate without
 * its key, a key of another certificate, one that OpenSSL finds too weak. What has expired is no mistake, and is told by
 * `staleCertificates` and by the attempts: a configuration that was good when it was written still starts.
 */
export function tlsProblems(given: unknown): readonly Problem[] {
  if (!isJsonObject(given)) return [];
  const { ca, cert, key } = given;
  return [
    ...(typeof ca === 'string' ? at('ca', certificatesProblem(ca)) : []),
    ...(typeof cert === 'string' ? at('cert', certificatesProblem(cert)) : []),
    ...(typeof key === 'string' ? at('key', keyProblem(key)) : []),
    ...pairProblems(cert, key),
  ];
}

function at(name: string, message: string | null): Problem[] {
  return message === null ? [] : [{ path: [name], message }];
}

function pairProblems(cert: unknown, key: unknown): Problem[] {
  if (cert !== undefined && key === undefined) return at('cert', 'needs its private key; set `key` too');
  if (key !== undefined && cert === undefined) return at('key', 'needs its certificate; set `cert` too');
  if (typeof cert !== 'string' || typeof key !== 'string') return [];
  const [certificate, privateKey] = [certificateIn(cert), keyIn(key)];
  if (certificate === null || privateKey === null) return [];
  if (!certificate.checkPrivateKey(privateKey)) return at('key', 'is not the key of the first certificate in `cert`');
  return at('cert', contextProblem(cert, key));
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function certificatesProblem(pem: string): string | null {
  const found = pem.match(CERTIFICATE) ?? [];
  if (found.length === 0) return 'holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----';
  const broken = found.findIndex((one) => certificateIn(one) === null);
  return broken === -1 ? null : `holds what is no certificate (number ${broken + 1} in it)`;
}

/** How OpenSSL marks keys that need a passphrase, of which there is nobody to ask. */
const ENCRYPTED = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

function keyProblem(pem: string): string | null {
  if (ENCRYPTED.test(pem)) return 'needs a passphrase; `openssl pkey -in FILE -out NEW` writes the key without one';
  return keyIn(pem) === null ? 'holds no private key in PEM' : null;
}

/** The first one. */
function certificateIn(pem: string): X509Certificate | null {
  return orNull(() => new X509Certificate(pem));
}

function keyIn(pem: string): KeyObject | null {
  return orNull(() => createPrivateKey(pem));
}

function contextProblem(cert: string, key: string): string | null {
  try {
    createSecureContext({ cert, key });
    return null;
  } catch (error) {
    // OpenSSL's `reason` is a phrase of its own ("ee key too small"), without anything of what it was given.
    const reason = error instanceof Error && 'reason' in error ? String(error.reason) : 'OpenSSL refuses it';
    return `cannot be used: ${reason}`;
  }
}

function orNull<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}
