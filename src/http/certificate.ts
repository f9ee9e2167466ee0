import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { constants, open } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { SluiceError } from '../domain/errors.ts';
import { pemFileBytesMax } from '../domain/limits.ts';

/** Where a certificate and its private key are, in PEM. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** What both files hold, as read at one moment, not looked at yet. */
export interface PemPair {
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** A certificate with its key, ready for use. It may be expired: whether to go on with it is for an operator to say. */
export interface Certificate {
  /** With those that lead to its authority, in PEM. */
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** @throws SluiceError `tls_file_unreadable` */
export async function readPair(files: CertificateFiles): Promise<PemPair> {
  const [certificate, key] = await Promise.all([readPem(files.certificate, 'certificate'), readPem(files.key, 'key')]);
  return { certificate, key };
}

/**
 * Checks all that would otherwise fail at the first handshake. Messages hold nothing of the files' content.
 *
 * @throws SluiceError `tls_file_invalid`, `tls_key_mismatch`
 */
export function certificateOf({ certificate: cert, key }: PemPair, files: CertificateFiles): Certificate {
  const first = firstCertificate(cert, files.certificate);
  if (!first.checkPrivateKey(privateKey(key, files.key))) throw new SluiceError('tls_key_mismatch', { ...files });
  // Reads the rest of the chain, and knows what the protocol has become too weak for.
  orInvalid(files.certificate, 'certificate', null, () => createSecureContext({ cert, key }));
  return { cert, key, validFromMs: first.validFromDate.getTime(), validToMs: first.validToDate.getTime() };
}

function firstCertificate(pem: Buffer, file: string): X509Certificate {
  const begin = '-----BEGIN CERTIFICATE-----';
  const reason = `it holds no certificate in PEM, which begins with ${begin}`;
  if (!pem.includes(begin)) throw new SluiceError('tls_file_invalid', { file, setting: 'certificate', reason });
  return orInvalid(file, 'certificate', 'what it holds is no certificate', () => new X509Certificate(pem));
}

/** How OpenSSL marks keys that need a passphrase, of which there is nobody to ask. */
const ENCRYPTED = /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

function privateKey(pem: Buffer, file: string): KeyObject {
  if (ENCRYPTED.test(pem.toString('latin1'))) {
    const reason = 'it needs a passphrase; `openssl pkey -in FILE -out NEW` writes the key without one';
    throw new SluiceError('tls_file_invalid', { file, setting: 'key', reason });
  }
  return orInvalid(file, 'key', 'it holds no private key in PEM', () => createPrivateKey(pem));
}

function orInvalid<T>(file: string, setting: string, reason: string | null, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new SluiceError('tls_file_invalid', { file, setting, reason: reason ?? reasonOf(error) }, error);
  }
}

/** Opened first and then asked what it is: a name can lead elsewhere from one moment to the next. */
async function readPem(file: string, setting: string): Promise<Buffer> {
  const unreadable = (reason: string, cause?: unknown): SluiceError =>
    new SluiceError('tls_file_unreadable', { file, setting, reason }, cause);
  try {
    // `O_NONBLOCK`, since to open a pipe that nobody writes to would wait for ever.
    await using handle = await open(file, READ_AT_ONCE);
    const stat = await handle.stat();
    if (!stat.isFile()) throw unreadable('it is not a regular file');
    if (stat.size > pemFileBytesMax) throw unreadable(`it is larger than ${pemFileBytesMax} bytes`);
    return await handle.readFile();
  } catch (error) {
    throw error instanceof SluiceError ? error : unreadable(reasonOf(error), error);
  }
}

const READ_AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied; the user who runs Sluice must be able to read it',
  EPERM: 'permission denied; the user who runs Sluice must be able to read it',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? error.message;
}
