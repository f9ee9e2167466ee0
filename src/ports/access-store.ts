import type { ApiToken } from '../domain/api-token.ts';
import type { Session } from '../domain/session.ts';

/**
 * Who may ask the management API: API tokens and the sessions that were begun with them.
 *
 * Every implementation promises, and `test/conformance/access-store.suite.ts` checks:
 *
 * 1. **Durable before done.** What was made, revoked or ended is so after a power cut once the promise resolves. When
 *    something was last used may be up to `flush` older.
 * 2. **Only hashes.** Neither the text of a token nor that of a session is in any file.
 * 3. **A check costs no disk.** What answers without a promise answers from memory, and revoked or ended is unknown to
 *    it before the promise resolves.
 * 4. **Bounded**: `apiTokensMax` tokens, `sessionsPerTokenMax` sessions of each.
 *
 * All methods that write reject `store_full` when the disk has no room: nothing was changed.
 */
export interface AccessStore {
  /** @throws SluiceError `name_taken`, whatever the case, `too_many_api_tokens` */
  checkNew(name: string): void;
  /** Rejects as `checkNew` throws. */
  addToken(token: NewApiToken, hash: string): Promise<ApiToken>;
  token(id: string): ApiToken | null;
  tokenByHash(hash: string): ApiToken | null;
  /** Newest first, and only those below a number. */
  tokens(ask: { readonly before?: number; readonly max: number }): readonly ApiToken[];
  /** Ends its sessions in the same moment. Answers what it was; null when there is none. */
  revokeToken(id: string): Promise<ApiToken | null>;

  /** The oldest session of the same token ends where there would be too many. */
  addSession(session: Session): Promise<void>;
  session(hash: string): Session | null;
  /** Ends those that are named so. Answers how many there were. */
  endSessions(which: (session: Session) => boolean): Promise<number>;

  /** Notes a use, in memory alone. What is not there is not used. */
  use(used: Use, atMs: number): void;
  /** Writes the uses since the last time, if there are any; `close` does the same. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export type NewApiToken = Omit<ApiToken, 'number' | 'lastUsedAtMs'>;

/** By the hashes: of a token by itself or through a session of it. */
export interface Use {
  readonly token: string;
  readonly session: string | null;
}
