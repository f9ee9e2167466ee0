import { SluiceError } from '../domain/errors.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { type Certificate, type CertificateFiles, certificateOf, type PemPair, readPair } from './certificate.ts';

export interface CertificateWatchOptions {
  readonly files: CertificateFiles;
  readonly ambient: Pick<Ambient, 'after' | 'elapsedMs' | 'nowMs'>;
  readonly telemetry: Pick<Telemetry, 'trouble'>;
  /** Told of what nobody expected. */
  readonly onFailure: (error: unknown) => void;
  /** How the files are read. */
  readonly read?: typeof readPair;
}

/** How often the files are read. A few KiB from memory: nothing beside what it would cost to miss a change. */
const LOOK_MS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Who renews does so with a third of the lifetime left (Let's Encrypt's advice); 90 days leave 30. */
const WARN_MS = 14 * DAY_MS;
const WARN_SHARE = 1 / 3;

/**
 * The certificate that handshakes are made with, replaced when its files change.
 *
 *     good ──other bytes, and they are good──▶ good, told
 *       │ ▲
 *       │ └──the old bytes again, or good ones──┐
 *       └──other bytes, and they are bad──▶ doubtful ──as bad at the next look──▶ bad, told once
 *
 * The last good one stays in use throughout. Two files are never replaced at once, so what is bad at one look may be
 * half of a replacement, and only at the second it is a mistake.
 *
 * Contents are compared, every ten seconds, and nothing else of the files: certbot moves links, Kubernetes the folder
 * above, others write into the file, and network file systems announce no change at all.
 */
export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  #pair: PemPair;
  #current: Certificate;
  #listener: (certificate: Certificate) => void = () => undefined;
  #mistake: { readonly message: string; isTold: boolean } | null = null;
  #warnedAtMs: number | null = null;
  #looking: Promise<void> | null = null;
  #timer: { cancel(): void } | null = null;
  #isClosed = false;

  /** @throws SluiceError `tls_file_unreadable`, `tls_file_invalid`, `tls_key_mismatch` */
  static async open(options: CertificateWatchOptions): Promise<CertificateWatch> {
    const { files, read = readPair } = options;
    const pair = await read(files);
    const watch = new CertificateWatch(options, pair, certificateOf(pair, files));
    watch.#warn();
    watch.#plan();
    return watch;
  }

  private constructor(options: CertificateWatchOptions, pair: PemPair, certificate: Certificate) {
    this.#options = options;
    this.#pair = pair;
    this.#current = certificate;
  }

  get current(): Certificate {
    return this.#current;
  }

  /** From now on this one is told each new certificate. */
  follow(listener: (certificate: Certificate) => void): void {
    this.#listener = listener;
  }

  /** Looks at once, for an operator who says that the files are as they should be: a mistake is told without a second look. */
  async look(): Promise<void> {
    await this.#looking;
    await this.#lookNow(true);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #plan(): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.ambient.after(LOOK_MS, () => {
      this.#looking = this.#lookNow(false).finally(() => {
        this.#plan();
      });
    });
  }

  async #lookNow(isSure: boolean): Promise<void> {
    const { files, read = readPair, onFailure } = this.#options;
    try {
      const pair = await read(files);
      if (this.#isClosed) return;
      if (!isSame(pair, this.#pair)) this.#replace(pair);
      this.#mistake = null;
    } catch (error) {
      if (error instanceof SluiceError) this.#doubt(error, isSure);
      else onFailure(error);
    }
    this.#warn();
  }

  #replace(pair: PemPair): void {
    const certificate = certificateOf(pair, this.#options.files);
    this.#pair = pair;
    this.#current = certificate;
    this.#warnedAtMs = null;
    this.#listener(certificate);
    this.#tell('the certificate was replaced, and new connections get the new one');
  }

  #doubt({ code, message }: SluiceError, isSure: boolean): void {
    const isKnown = this.#mistake?.message === message;
    const known = isKnown ? this.#mistake : null;
    const isTold = known?.isTold ?? false;
    const mustTell = !isTold && (isSure || isKnown);
    this.#mistake = { message, isTold: isTold || mustTell };
    if (mustTell) this.#tell('the new certificate cannot be used, and the old one stays', { code, reason: message });
  }

  /** Once a day, from two weeks before its end on; of one that lives shorter than six, from its last third on. */
  #warn(): void {
    const { ambient } = this.#options;
    const nowMs = ambient.elapsedMs();
    if (this.#warnedAtMs !== null && nowMs - this.#warnedAtMs < DAY_MS) return;
    const what = this.#worry(ambient.nowMs());
    if (what === null) return;
    this.#warnedAtMs = nowMs;
    this.#tell(what);
  }

  #worry(nowMs: number): string | null {
    const { validFromMs, validToMs } = this.#current;
    if (nowMs < validFromMs) return 'the certificate is not valid yet: clients refuse it';
    if (nowMs > validToMs) return 'the certificate has expired: clients refuse it';
    const isNear = validToMs - nowMs < Math.min(WARN_MS, (validToMs - validFromMs) * WARN_SHARE);
    return isNear ? 'the certificate expires soon; renew it' : null;
  }

  #tell(what: string, details: Readonly<Record<string, unknown>> = {}): void {
    const { files, telemetry } = this.#options;
    const { validFromMs, validToMs } = this.#current;
    const valid = { validFrom: new Date(validFromMs).toISOString(), validTo: new Date(validToMs).toISOString() };
    telemetry.trouble(what, { certificate: files.certificate, ...valid, ...details });
  }
}

function isSame(a: PemPair, b: PemPair): boolean {
  return a.certificate.equals(b.certificate) && a.key.equals(b.key);
}
