import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import type { Config } from '../config/schema.ts';
import { certificateOf, readPair } from '../http/certificate.ts';
import { type Finding, ok, problem, reasonOf, warning } from './finding.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Certbot and others renew with a third of its life left, at the least a week for the shortest. */
const SOON_MS = 14 * DAY_MS;
const BEGIN = '-----BEGIN CERTIFICATE-----';

/** The server's own certificate: whether it can be used, until when, by which names, and whether all of it is there. */
export async function examineCertificate(
  { tls, publicUrl }: Config['http'],
  nowMs: number,
): Promise<readonly Finding[]> {
  if (tls === null) return [];
  let pem: Buffer;
  try {
    pem = certificateOf(await readPair(tls), tls).cert;
  } catch (error) {
    return [problem('certificate', reasonOf(error), 'correct http.tls; nothing can be started with it')];
  }
  const chain = chainIn(pem.toString('latin1'));
  const [leaf] = chain;
  if (leaf === undefined) return [];
  return [timeFinding('certificate', leaf, nowMs), ...nameFindings(leaf, publicUrl), ...chainFindings(chain)];
}

/** When a certificate ends. */
export function timeFinding(
  check: string,
  { validFromDate, validToDate, subject }: X509Certificate,
  nowMs: number,
): Finding {
  const name = subject.replaceAll('\n', ', ');
  const [from, to] = [validFromDate.toISOString().slice(0, 10), validToDate.toISOString().slice(0, 10)];
  const leftMs = validToDate.getTime() - nowMs;
  if (validFromDate.getTime() > nowMs) return problem(check, `${name} is not valid before ${from}`, 'check the clock');
  if (leftMs < 0) return problem(check, `${name} has expired on ${to}`, 'renew it, and see why nothing did');
  const text = `${name} is valid until ${to}, ${leftText(leftMs)} more`;
  return leftMs < SOON_MS ? warning(check, text, 'renew it, and see why nothing did') : ok(check, text);
}

function leftText(ms: number): string {
  return ms < 2 * DAY_MS ? `${Math.floor(ms / HOUR_MS)} hours` : `${Math.floor(ms / DAY_MS)} days`;
}

function nameFindings(leaf: X509Certificate, publicUrl: string | null): readonly Finding[] {
  const names = leaf.subjectAltName ?? '';
  if (names === '')
    return [problem('names', 'the certificate names no host', 'get one with the names that libraries use')];
  if (publicUrl === null) return [ok('names', names)];
  const hostname = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
  const isNamed = (isIP(hostname) === 0 ? leaf.checkHost(hostname) : leaf.checkIP(hostname)) !== undefined;
  if (isNamed) return [ok('names', `${hostname} is among them: ${names}`)];
  return [
    problem(
      'names',
      `libraries reach it as ${hostname} (http.publicUrl), and the certificate is of ${names}`,
      'get one that has this name, or correct http.publicUrl',
    ),
  ];
}

function chainFindings(chain: readonly X509Certificate[]): readonly Finding[] {
  const top = chain.reduce((below, above) => (above !== below && isIssuedBy(below, above) ? above : below));
  if (isIssuedBy(top, top)) {
    if (isKnown(top)) return [ok('chain', `${chain.length} certificates, up to an authority that is known`)];
    return [warning('chain', 'it leads to an authority of your own', 'see that whoever sends trusts that authority')];
  }
  if (rootCertificates.some((pem) => isIssuedBy(top, new X509Certificate(pem)))) {
    return [ok('chain', `${chain.length} certificates, up to one of a known authority`)];
  }
  const issuer = top.issuer.replaceAll('\n', ', ');
  return [
    warning(
      'chain',
      `the file ends before a known authority: the certificate of ${issuer} is missing, or its authority is your own`,
      'put those that lead to the authority behind the certificate (certbot: fullchain.pem)',
    ),
  ];
}

function isIssuedBy(below: X509Certificate, above: X509Certificate): boolean {
  return below.checkIssued(above) && below.verify(above.publicKey);
}

function isKnown({ fingerprint256 }: X509Certificate): boolean {
  return rootCertificates.some((pem) => new X509Certificate(pem).fingerprint256 === fingerprint256);
}

function chainIn(pem: string): readonly X509Certificate[] {
  return pem
    .split(BEGIN)
    .slice(1)
    .map((rest) => new X509Certificate(`${BEGIN}${rest}`));
}
