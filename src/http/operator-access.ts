import type { IncomingMessage } from 'node:http';
import { type Actor, mayAct, type Role, THIS_MACHINE } from '../domain/actor.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { SignedIn, SignIns } from '../workspace/sign-ins.ts';
import type { Forwarding } from './client-address.ts';
import { isOfOwnPage } from './own-pages.ts';
import { noSessionCookie, sessionCookie, sessionIn } from './session-cookie.ts';
import { isLoopback } from './this-machine.ts';
import { WrongTokens } from './wrong-tokens.ts';

export interface OperatorAccessOptions {
  readonly signIns: Pick<SignIns, 'byToken' | 'bySession' | 'note' | 'isSession' | 'begin' | 'end' | 'csrfTokenOf'>;
  /** Whether this machine itself needs no token: what `sluice dev` offers. */
  readonly isOpenOnLoopback: boolean;
  /** A write key may be public, so none is ever a token, not even when somebody made it both. */
  readonly isWriteKey: (text: string) => boolean;
  readonly forwarding: Pick<Forwarding, 'isProxied' | 'clientAddressOf' | 'originOf' | 'publicOrigin'>;
  readonly ambient: Pick<Ambient, 'elapsedMs'>;
}

/** Somebody who is let in, as `GET /session` tells them. */
export interface Admitted extends Pick<SignedIn, 'actor' | 'expiresAtMs'> {
  /** What their pages send with whatever changes something; null for who did not sign in by cookie. */
  readonly csrfToken: string | null;
}

export interface OperatorAccess {
  /** Whether this machine itself is let in without a token. */
  readonly isOpenOnLoopback: boolean;
  /**
   * Who asks, and may do what needs this role.
   *
   * @throws SluiceError `api_token_required`, `api_token_expired`, `too_many_wrong_tokens`, `csrf_token_required`,
   *   `cross_site_request`, `role_too_low`
   */
  require(request: IncomingMessage, needed: Role): Actor;
  /** Whether who was let in with this request still would be. It is no use of what they showed, and no guess. */
  isStillAllowed(request: IncomingMessage, needed: Role): boolean;
  /** Who asks, whatever their role. @throws as `require` */
  admit(request: IncomingMessage): Admitted;
  /**
   * Begins a session with a token, and ends the one that the browser had. Answers its cookie too. Rejects
   * `api_token_required` for a text that is no token, `api_token_expired`, `too_many_wrong_tokens`,
   * `cross_site_request`, `store_full`.
   */
  signIn(request: IncomingMessage, token: string): Promise<Admitted & { readonly cookie: string }>;
  /**
   * Ends the session of a request, if it has one. Answers the cookie that replaces its own. Rejects
   * `csrf_token_required`, `cross_site_request`, `store_full`.
   */
  signOut(request: IncomingMessage): Promise<string>;
}

/** Who asks, and what they showed of it. */
interface Found extends Pick<SignedIn, 'actor' | 'expiresAtMs'> {
  readonly use: SignedIn['use'] | null;
  /** The text of the cookie, where it is by that. */
  readonly session: string | null;
}

/** Scheme in any case, then the token (RFC 6750). */
const BEARER = /^\s*bearer\s+([\x21-\x7e]+)\s*$/i;
/** They change nothing (RFC 9110, section 9.2.1), and ours don't. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * Who may do what, over HTTP: by a token in the header, by the cookie of a session, or by being here where that is
 * enough. What says most clearly who one is counts: a token before a cookie, both before the place.
 *
 * A browser sends cookies also with what others make it ask for. So whoever is let in by one has to show with each change
 * that a page of ours asks: by the session's CSRF token, which other sites can neither read nor guess, and by what the
 * browser says of the page. Tokens in the header need none of that: no browser adds them by itself.
 */
export function makeOperatorAccess(options: OperatorAccessOptions): OperatorAccess {
  return new Access(options);
}

class Access implements OperatorAccess {
  readonly #options: OperatorAccessOptions;
  readonly #wrongTokens: WrongTokens;

  constructor(options: OperatorAccessOptions) {
    this.#options = options;
    this.#wrongTokens = new WrongTokens(options.ambient);
  }

  get isOpenOnLoopback(): boolean {
    return this.#options.isOpenOnLoopback;
  }

  require(request: IncomingMessage, needed: Role): Actor {
    const { actor } = this.admit(request);
    if (!mayAct(actor, needed)) throw new SluiceError('role_too_low', { needed, actor: actor.name, role: actor.role });
    return actor;
  }

  admit(request: IncomingMessage): Admitted {
    const found = this.#find(request, (token) => this.#checked(request, token));
    if (found === null) throw new SluiceError('api_token_required');
    const { use, session, ...known } = found;
    if (session !== null && !SAFE_METHODS.has(request.method ?? '')) this.#checkCsrf(request, session);
    const { signIns } = this.#options;
    if (use !== null) signIns.note(use);
    return { ...known, csrfToken: session === null ? null : signIns.csrfTokenOf(session) };
  }

  isStillAllowed(request: IncomingMessage, needed: Role): boolean {
    try {
      const found = this.#find(request, (token) => this.#known(token));
      return found !== null && mayAct(found.actor, needed);
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'api_token_expired') return false;
      throw error;
    }
  }

  async signIn(request: IncomingMessage, token: string): Promise<Admitted & { readonly cookie: string }> {
    const { signIns, forwarding } = this.#options;
    // Or a page of another site could sign somebody in as somebody else.
    this.#checkPage(request);
    // Counted before anything is awaited, so that many guesses at once are not taken for the first one each.
    this.#checked(request, token);
    const begun = await signIns.begin(token);
    if (begun === null) throw new SluiceError('api_token_required');
    const { text, actor, expiresAtMs } = begun;
    const before = sessionIn(request, forwarding);
    if (before !== null) await signIns.end(before);
    const cookie = sessionCookie(text, request, forwarding);
    return { actor, expiresAtMs, csrfToken: signIns.csrfTokenOf(text), cookie };
  }

  async signOut(request: IncomingMessage): Promise<string> {
    const { signIns, forwarding } = this.#options;
    const text = sessionIn(request, forwarding);
    if (text !== null) {
      if (signIns.isSession(text)) this.#checkCsrf(request, text);
      await signIns.end(text);
    }
    return noSessionCookie(request, forwarding);
  }

  /**
   * By the first that there is of a token, a session and being here; null for none. A text that is no token is refused by
   * `check`, and ignored here, where none is needed.
   */
  #find(request: IncomingMessage, check: (token: string) => SignedIn | null): Found | null {
    const { signIns, isOpenOnLoopback, forwarding } = this.#options;
    const isHere = isOpenOnLoopback && isLoopback(request, forwarding);
    const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
    if (token !== undefined) {
      const signedIn = isHere ? this.#known(token) : check(token);
      if (signedIn !== null) return { ...signedIn, session: null };
      if (!isHere) return null;
    }
    const session = sessionIn(request, forwarding);
    const signedIn = session === null ? null : signIns.bySession(session);
    if (signedIn !== null) return { ...signedIn, session };
    return isHere ? { actor: THIS_MACHINE, expiresAtMs: null, use: null, session: null } : null;
  }

  #known(text: string): SignedIn | null {
    return this.#options.isWriteKey(text) ? null : this.#options.signIns.byToken(text);
  }

  /** @throws SluiceError `api_token_required`, `api_token_expired`, `too_many_wrong_tokens` */
  #checked(request: IncomingMessage, text: string): SignedIn {
    const client = this.#options.forwarding.clientAddressOf(request);
    this.#wrongTokens.check(client);
    const signedIn = this.#known(text);
    if (signedIn !== null) return signedIn;
    this.#wrongTokens.add(client);
    throw new SluiceError('api_token_required');
  }

  /** @throws SluiceError `csrf_token_required`, `cross_site_request` */
  #checkCsrf(request: IncomingMessage, session: string): void {
    // How much of it is right, time does not tell usefully: it belongs to one session, and follows from a hash.
    const isRight = request.headers['x-csrf-token'] === this.#options.signIns.csrfTokenOf(session);
    if (!isRight) throw new SluiceError('csrf_token_required');
    this.#checkPage(request);
  }

  /** @throws SluiceError `cross_site_request` */
  #checkPage(request: IncomingMessage): void {
    if (isOfOwnPage(request, this.#options.forwarding)) return;
    const site = request.headers.origin ?? request.headers['sec-fetch-site'];
    throw new SluiceError('cross_site_request', { site: String(site).slice(0, 200) });
  }
}
