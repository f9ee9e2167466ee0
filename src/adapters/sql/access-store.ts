import type { DatabaseSync } from 'node:sqlite';
import type { Role } from '../../domain/actor.ts';
import { type ApiToken, nameKeyOf } from '../../domain/api-token.ts';
import { SluiceError } from '../../domain/errors.ts';
import { apiTokensMax, sessionsPerTokenMax } from '../../domain/limits.ts';
import type { Session } from '../../domain/session.ts';
import type { AccessStore, NewApiToken, Use } from '../../ports/access-store.ts';
import { explained, inTransactionOrFull, openSqlite } from './sqlite.ts';

export interface AccessLimits {
  readonly tokensMax: number;
  readonly sessionsPerTokenMax: number;
}

const LIMITS: AccessLimits = { tokensMax: apiTokensMax, sessionsPerTokenMax };

/**
 * Opens tokens and sessions in one SQLite file, or in memory for `:memory:`. All of them are also in memory.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`
 */
export function openSqliteAccessStore({
  file,
  limits = {},
}: {
  readonly file: string;
  readonly limits?: Partial<AccessLimits>;
}): AccessStore {
  const db = openSqlite(file, { synchronous: 'full', kind: 'access' });
  return explained(file, () => new SqliteAccessStore(db, { ...LIMITS, ...limits }));
}

/** A token as it is in memory. */
interface Kept {
  token: ApiToken;
  readonly hash: string;
}

class SqliteAccessStore implements AccessStore {
  readonly #db: DatabaseSync;
  readonly #limits: AccessLimits;
  readonly #sql: ReturnType<typeof prepare>;
  /** By id, oldest first. */
  readonly #tokens = new Map<string, Kept>();
  readonly #byHash = new Map<string, Kept>();
  /** Ids by name, as names are compared. */
  readonly #names = new Map<string, string>();
  /** By hash, oldest first. */
  readonly #sessions = new Map<string, Session>();
  /** Hashes of what was used since it was written. */
  readonly #used = { tokens: new Set<string>(), sessions: new Set<string>() };

  constructor(db: DatabaseSync, limits: AccessLimits) {
    this.#db = db;
    this.#limits = limits;
    this.#sql = prepare(db);
    for (const row of this.#sql.tokens.all() as unknown as readonly TokenRow[]) this.#keep(tokenOf(row), row.hash);
    for (const row of this.#sql.sessions.all() as unknown as readonly SessionRow[]) {
      this.#sessions.set(row.hash, sessionOf(row));
    }
  }

  checkNew(name: string): void {
    const { tokensMax: max } = this.#limits;
    const other = this.#names.get(nameKeyOf(name));
    if (other !== undefined) throw new SluiceError('name_taken', { kind: 'API token', other });
    if (this.#tokens.size >= max) throw new SluiceError('too_many_api_tokens', { max });
  }

  async addToken(token: NewApiToken, hash: string): Promise<ApiToken> {
    const { id, name, role, createdAtMs, createdBy, expiresAtMs } = token;
    this.checkNew(name);
    const { lastInsertRowid } = this.#write(() =>
      this.#sql.addToken.run(id, name, nameKeyOf(name), role, hash, createdAtMs, createdBy, expiresAtMs),
    );
    const added = { ...token, number: lastInsertRowid as number, lastUsedAtMs: null };
    this.#keep(added, hash);
    return Promise.resolve(added);
  }

  token(id: string): ApiToken | null {
    return this.#tokens.get(id)?.token ?? null;
  }

  tokenByHash(hash: string): ApiToken | null {
    return this.#byHash.get(hash)?.token ?? null;
  }

  tokens({ before = Infinity, max }: { readonly before?: number; readonly max: number }): readonly ApiToken[] {
    return [...this.#tokens.values()]
      .map(({ token }) => token)
      .filter(({ number }) => number < before)
      .reverse()
      .slice(0, max);
  }

  async revokeToken(id: string): Promise<ApiToken | null> {
    const kept = this.#tokens.get(id);
    if (kept === undefined) return null;
    const { token, hash } = kept;
    const sessions = this.#sessionsOf(hash);
    this.#write(() => {
      this.#sql.deleteToken.run(id);
      for (const each of sessions) this.#sql.deleteSession.run(each.hash);
    });
    this.#tokens.delete(id);
    this.#byHash.delete(hash);
    this.#names.delete(nameKeyOf(token.name));
    this.#used.tokens.delete(hash);
    this.#forget(sessions);
    return Promise.resolve(token);
  }

  async addSession(session: Session): Promise<void> {
    const { hash, tokenHash, createdAtMs, lastUsedAtMs } = session;
    const others = this.#sessionsOf(tokenHash);
    const tooMany = others.slice(0, Math.max(others.length + 1 - this.#limits.sessionsPerTokenMax, 0));
    this.#write(() => {
      for (const each of tooMany) this.#sql.deleteSession.run(each.hash);
      this.#sql.addSession.run(hash, tokenHash, createdAtMs, lastUsedAtMs);
    });
    this.#forget(tooMany);
    this.#sessions.set(hash, session);
    return Promise.resolve();
  }

  session(hash: string): Session | null {
    return this.#sessions.get(hash) ?? null;
  }

  async endSessions(which: (session: Session) => boolean): Promise<number> {
    const ended = [...this.#sessions.values()].filter(which);
    if (ended.length === 0) return 0;
    this.#write(() => {
      for (const { hash } of ended) this.#sql.deleteSession.run(hash);
    });
    this.#forget(ended);
    return Promise.resolve(ended.length);
  }

  use({ token: tokenHash, session: sessionHash }: Use, atMs: number): void {
    const kept = this.#byHash.get(tokenHash);
    if (kept !== undefined) {
      kept.token = { ...kept.token, lastUsedAtMs: atMs };
      this.#used.tokens.add(tokenHash);
    }
    const session = sessionHash === null ? undefined : this.#sessions.get(sessionHash);
    if (session === undefined) return;
    this.#sessions.set(session.hash, { ...session, lastUsedAtMs: atMs });
    this.#used.sessions.add(session.hash);
  }

  async flush(): Promise<void> {
    const { tokens, sessions } = this.#used;
    if (tokens.size + sessions.size === 0) return;
    this.#write(() => {
      for (const hash of tokens) this.#sql.useToken.run(this.#byHash.get(hash)?.token.lastUsedAtMs ?? null, hash);
      for (const hash of sessions) this.#sql.useSession.run(this.#sessions.get(hash)?.lastUsedAtMs ?? 0, hash);
    });
    tokens.clear();
    sessions.clear();
    return Promise.resolve();
  }

  async close(): Promise<void> {
    if (!this.#db.isOpen) return;
    try {
      await this.flush();
    } catch (error) {
      // No reason not to stop: what is lost is when something was last used.
      if (!(error instanceof SluiceError && error.code === 'store_full')) throw error;
    } finally {
      this.#db.close();
    }
  }

  #keep(token: ApiToken, hash: string): void {
    const kept = { token, hash };
    this.#tokens.set(token.id, kept);
    this.#byHash.set(hash, kept);
    this.#names.set(nameKeyOf(token.name), token.id);
  }

  /** Oldest first. */
  #sessionsOf(tokenHash: string): readonly Session[] {
    return [...this.#sessions.values()].filter((session) => session.tokenHash === tokenHash);
  }

  #forget(sessions: readonly Session[]): void {
    for (const { hash } of sessions) {
      this.#sessions.delete(hash);
      this.#used.sessions.delete(hash);
    }
  }

  #write<T>(write: () => T): T {
    return inTransactionOrFull(this.#db, write);
  }
}

interface TokenRow {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly hash: string;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
}

interface SessionRow {
  readonly hash: string;
  readonly token_hash: string;
  readonly created_at: number;
  readonly last_used_at: number;
}

function tokenOf({ number, id, name, role, created_at, created_by, expires_at, last_used_at }: TokenRow): ApiToken {
  const times = { createdAtMs: created_at, expiresAtMs: expires_at, lastUsedAtMs: last_used_at };
  return { number, id, name, role, createdBy: created_by, ...times };
}

function sessionOf({ hash, token_hash, created_at, last_used_at }: SessionRow): Session {
  return { hash, tokenHash: token_hash, createdAtMs: created_at, lastUsedAtMs: last_used_at };
}

function prepare(db: DatabaseSync) {
  return {
    tokens: db.prepare('select * from api_token order by number'),
    addToken: db.prepare(`
      insert into api_token (id, name, name_key, role, hash, created_at, created_by, expires_at)
      values (?, ?, ?, ?, ?, ?, ?, ?)`),
    deleteToken: db.prepare('delete from api_token where id = ?'),
    useToken: db.prepare('update api_token set last_used_at = ? where hash = ?'),
    sessions: db.prepare('select hash, token_hash, created_at, last_used_at from session order by number'),
    addSession: db.prepare('insert into session (hash, token_hash, created_at, last_used_at) values (?, ?, ?, ?)'),
    deleteSession: db.prepare('delete from session where hash = ?'),
    useSession: db.prepare('update session set last_used_at = ? where hash = ?'),
  };
}
