import type { Actor, Role } from '../domain/actor.ts';
import { isExpired } from '../domain/api-token.ts';
import type { Noted } from '../domain/audit.ts';
import { SluiceError } from '../domain/errors.ts';
import { lastUseMs } from '../domain/limits.ts';
import { endOf, type Session } from '../domain/session.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { AccessStore, Use } from '../ports/access-store.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Credentials } from '../ports/credentials.ts';
import type { AccessChange } from './access-change.ts';

export interface SignInsOptions {
  readonly store: Omit<AccessStore, 'checkNew' | 'addToken' | 'tokens' | 'revokeToken' | 'close'>;
  readonly credentials: Credentials;
  /** The token of the configuration or of the data folder, an admin; null where there is none. */
  readonly adminToken: string | null;
  readonly ambient: Pick<Ambient, 'nowMs' | 'after'>;
  readonly noted: Noted<AccessChange>;
  /** Told of what must not happen. */
  readonly onFailure: (error: unknown) => void;
}

/** Somebody who showed that they are who they say. */
export interface SignedIn {
  readonly actor: Actor;
  /** When what they showed stops counting, if it is used now; null for never. */
  readonly expiresAtMs: number | null;
  /** What they showed, for `note`. */
  readonly use: Use;
}

/** A session that was just begun, with its text, which is the cookie. */
export interface NewSession extends SignedIn {
  readonly text: string;
}

/** What a token says, whichever it is. */
interface Credential {
  readonly hash: string;
  /** As the audit trail names it: an id, or `admin token`. */
  readonly subject: string;
  /** `token ci`, and what a session of it is a session of: `ci`. */
  readonly name: string;
  readonly shortName: string;
  readonly role: Role;
  readonly expiresAtMs: number | null;
}

const ADMIN_TOKEN = 'admin token';

/**
 * Who is let in: by a token, or by a session that was begun with one. It answers from memory. What was used is written
 * at most once a minute, all of it together.
 *
 * A text is hashed and then looked up by its hash. How long that takes tells at most how the hash of a guess begins, and
 * nobody can choose a text by the beginning of its hash beyond guessing.
 */
export class SignIns {
  readonly #options: SignInsOptions;
  readonly #admin: Credential | null;
  #timer: { cancel(): void } | null = null;

  /** Ends the sessions that are over, or whose token is not there any more. */
  static async open(options: SignInsOptions): Promise<SignIns> {
    const signIns = new SignIns(options);
    await signIns.#write();
    return signIns;
  }

  private constructor(options: SignInsOptions) {
    this.#options = options;
    const { adminToken, credentials } = options;
    const names = { subject: ADMIN_TOKEN, name: ADMIN_TOKEN, shortName: ADMIN_TOKEN };
    this.#admin =
      adminToken === null ? null : { ...names, hash: credentials.hashOf(adminToken), role: 'admin', expiresAtMs: null };
  }

  /** Null for a text that is no token. @throws SluiceError `api_token_expired` */
  byToken(text: string): SignedIn | null {
    const { credentials, ambient } = this.#options;
    const credential = this.#credential(credentials.hashOf(text));
    if (credential === null) return null;
    checkExpiry(credential, ambient.nowMs());
    const { hash, name, role, expiresAtMs } = credential;
    return { actor: { name, role, via: 'token' }, expiresAtMs, use: { token: hash, session: null } };
  }

  /** Null for a text that is none of a session that goes on. @throws SluiceError `api_token_expired` */
  bySession(text: string): SignedIn | null {
    const { store, credentials, ambient } = this.#options;
    const session = store.session(credentials.hashOf(text));
    const nowMs = ambient.nowMs();
    if (session === null || endOf(session) <= nowMs) return null;
    const credential = this.#credential(session.tokenHash);
    if (credential === null) return null;
    checkExpiry(credential, nowMs);
    return inSession(credential, { ...session, lastUsedAtMs: nowMs });
  }

  /** Has it count as used now: a session goes on with that. */
  note(use: Use): void {
    const { store, ambient, onFailure } = this.#options;
    store.use(use, ambient.nowMs());
    this.#timer ??= ambient.after(lastUseMs, () => {
      this.#timer = null;
      this.#write().catch(onFailure);
    });
  }

  /** Whether a text is a token, be it expired or not. */
  isToken(text: string): boolean {
    return this.#credential(this.#options.credentials.hashOf(text)) !== null;
  }

  /** Whether there is a session of this text, be it over or not. */
  isSession(text: string): boolean {
    const { store, credentials } = this.#options;
    return store.session(credentials.hashOf(text)) !== null;
  }

  /**
   * Begins a session, always a new one. Null for a text that is no token. Rejects `api_token_expired`, `store_full`.
   */
  async begin(tokenText: string): Promise<NewSession | null> {
    const { store, credentials, ambient, noted } = this.#options;
    const credential = this.#credential(credentials.hashOf(tokenText));
    if (credential === null) return null;
    const nowMs = ambient.nowMs();
    checkExpiry(credential, nowMs);
    const text = credentials.make();
    const tokenHash = credential.hash;
    const session = { hash: credentials.hashOf(text), tokenHash, createdAtMs: nowMs, lastUsedAtMs: nowMs };
    const signedIn = inSession(credential, session);
    const after = { role: credential.role, endsAt: isoOf(signedIn.expiresAtMs) };
    const { name: by, subject } = credential;
    await noted({ by, action: 'session.begin', subject, before: null, after }, async () => store.addSession(session));
    this.note(signedIn.use);
    return { ...signedIn, text };
  }

  /** Ends a session, if there is one of this text. Rejects `store_full`. */
  async end(text: string): Promise<void> {
    const { store, credentials, noted } = this.#options;
    const hash = credentials.hashOf(text);
    const session = store.session(hash);
    if (session === null) return;
    const end = async () => store.endSessions((each) => each.hash === hash);
    const credential = this.#credential(session.tokenHash);
    const change = { action: 'session.end', before: null, after: null } as const;
    // Of a token that is not there any more it was over anyway.
    if (credential === null) await end();
    else await noted({ ...change, by: sessionName(credential), subject: credential.subject }, end);
  }

  /**
   * What pages of a session have to send with whatever changes something. It follows from the session's text, which no
   * page can read: another site can neither know nor replace it, and there is nothing to keep.
   */
  csrfTokenOf(text: string): string {
    return this.#options.credentials.hashOf(`csrf ${text}`);
  }

  /** What was used since it was last written, the store writes when it is closed. */
  stop(): void {
    this.#timer?.cancel();
  }

  #credential(hash: string): Credential | null {
    if (hash === this.#admin?.hash) return this.#admin;
    const token = this.#options.store.tokenByHash(hash);
    if (token === null) return null;
    const { id: subject, name, role, expiresAtMs } = token;
    return { hash, subject, name: `token ${name}`, shortName: name, role, expiresAtMs };
  }

  async #write(): Promise<void> {
    try {
      await this.#options.store.flush();
      await this.#endOver();
    } catch (error) {
      // On a full disk, with the next use; none of this is needed to tell who is let in.
      if (!(error instanceof SluiceError && error.code === 'store_full')) throw error;
    }
  }

  async #endOver(): Promise<void> {
    const { store, ambient } = this.#options;
    const nowMs = ambient.nowMs();
    await store.endSessions((session) => {
      const credential = this.#credential(session.tokenHash);
      return credential === null || isExpired(credential, nowMs) || endOf(session) <= nowMs;
    });
  }
}

function inSession(credential: Credential, session: Session): SignedIn & { readonly expiresAtMs: number } {
  const { role, expiresAtMs } = credential;
  const actor: Actor = { name: sessionName(credential), role, via: 'session' };
  const use = { token: credential.hash, session: session.hash };
  return { actor, expiresAtMs: Math.min(endOf(session), expiresAtMs ?? Infinity), use };
}

function sessionName({ shortName }: Credential): string {
  return `session of ${shortName}`;
}

/** @throws SluiceError `api_token_expired` */
function checkExpiry({ shortName, expiresAtMs }: Credential, nowMs: number): void {
  if (expiresAtMs === null || !isExpired({ expiresAtMs }, nowMs)) return;
  throw new SluiceError('api_token_expired', { name: shortName, expiredAt: isoOf(expiresAtMs) });
}
