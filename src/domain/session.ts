import { sessionIdleMs, sessionMs } from './limits.ts';

/**
 * What stands in for a token in a browser: begun with the token, and known by a text of its own in a cookie that pages
 * cannot read.
 *
 *     begun ──used within 12 h──▶ … ──7 days, 12 h without use, signed out, token revoked or expired──▶ ended
 */
export interface Session {
  /** Of the text in the cookie. */
  readonly hash: string;
  /** Of the token that it was begun with: without a token of this hash there is no session. */
  readonly tokenHash: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
}

/** When it ends if it is not used any more. Its token may expire before that. */
export function endOf({ createdAtMs, lastUsedAtMs }: Pick<Session, 'createdAtMs' | 'lastUsedAtMs'>): number {
  return Math.min(createdAtMs + sessionMs, lastUsedAtMs + sessionIdleMs);
}
