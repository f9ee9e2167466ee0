import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate and its private key, both PEM: what `node:tls` takes. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** The authority that signed all but `selfSigned`: to be trusted by whoever connects. */
  readonly ca: string;
  /** For `localhost` and `127.0.0.1`, good for a day. */
  readonly good: Certificate;
  /** The same, and over since yesterday. */
  readonly expired: Certificate;
  /** For `elsewhere.example` only. */
  readonly wrongHost: Certificate;
  /** For `localhost` and `127.0.0.1`, signed by itself. */
  readonly selfSigned: Certificate;
  /** For `localhost` and `127.0.0.1`, signed by an authority of its own, which comes with it. */
  readonly stranger: Certificate & { readonly ca: string };
  /** Another for `localhost` and `127.0.0.1`, good between these times. */
  readonly another: (valid?: Validity) => Certificate;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const LOCAL: readonly AltName[] = [{ dns: 'localhost' }, { ip: [127, 0, 0, 1] }];

/** Makes an authority and server certificates of every kind that a sender must tell apart. Takes a few milliseconds. */
export function makeCertificates(): Certificates {
  const nowMs = Date.now();
  const valid = { fromMs: nowMs - DAY_MS, toMs: nowMs + DAY_MS };
  const ca = authority('Test Authority', valid);
  const otherCa = authority('Private Authority', valid);
  return {
    ca: ca.cert,
    good: issue(ca, { altNames: LOCAL, ...valid }),
    expired: issue(ca, { altNames: LOCAL, fromMs: nowMs - 2 * DAY_MS, toMs: nowMs - DAY_MS }),
    wrongHost: issue(ca, { altNames: [{ dns: 'elsewhere.example' }], ...valid }),
    selfSigned: issue(null, { altNames: LOCAL, ...valid }),
    stranger: { ...issue(otherCa, { altNames: LOCAL, ...valid }), ca: otherCa.cert },
    another: (between = valid) => issue(ca, { altNames: LOCAL, ...between }),
  };
}

type AltName = { readonly dns: string } | { readonly ip: readonly number[] };

export interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Issuer extends Certificate {
  readonly name: Buffer;
  readonly privateKey: KeyObject;
}

function authority(commonName: string, validity: Validity): Issuer {
  const privateKey = newKey();
  const name = nameOf(commonName);
  const isAuthority = extension('2.5.29.19', sequence(Buffer.from([0x01, 0x01, 0xff])));
  const cert = certificate({
    subject: name,
    issuer: name,
    of: privateKey,
    by: privateKey,
    extensions: [isAuthority],
    ...validity,
  });
  return { cert, key: pemOf(privateKey), name, privateKey };
}

/** @param issuer null: it signs itself */
function issue(
  issuer: Issuer | null,
  { altNames, ...validity }: Validity & { altNames: readonly AltName[] },
): Certificate {
  const privateKey = newKey();
  const subject = nameOf('Test Server');
  const names = altNames.map((name) =>
    'dns' in name ? tagged(0x82, Buffer.from(name.dns)) : tagged(0x87, Buffer.from(name.ip)),
  );
  const cert = certificate({
    subject,
    issuer: issuer?.name ?? subject,
    of: privateKey,
    by: issuer?.privateKey ?? privateKey,
    extensions: [extension('2.5.29.17', sequence(...names))],
    ...validity,
  });
  return { cert, key: pemOf(privateKey) };
}

interface Contents extends Validity {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly of: KeyObject;
  readonly by: KeyObject;
  readonly extensions: readonly Buffer[];
}

/** An X.509 v3 certificate (RFC 5280, section 4.1) with ECDSA keys, as PEM. */
function certificate({ subject, issuer, of, by, extensions, fromMs, toMs }: Contents): string {
  const algorithm = sequence(objectId('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
  const contents = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    issuer,
    sequence(time(fromMs), time(toMs)),
    subject,
    createPublicKey(of).export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', contents, by);
  const der = sequence(contents, algorithm, tagged(0x03, Buffer.from([0]), signature));
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' });
}

function nameOf(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId('2.5.4.3'), tagged(0x0c, Buffer.from(commonName)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), tagged(0x04, value));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/\D/g, ''); // yyyymmddhhmmssmmm
  return tagged(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Seven bits a byte, the most significant first; every byte but the last has its top bit set. */
function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

/** @param bytes big-endian, the top bit clear */
function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

/** One DER value: its tag, the length of its contents, the contents. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const contents = Buffer.concat(parts);
  const { length } = contents;
  const short = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...short]), contents]);
}
