import type { Actor } from '../domain/actor.ts';
import {
  API_TOKEN_PREFIX,
  type ApiToken,
  type ApiTokenRequest,
  isExpired,
  problemOfName,
} from '../domain/api-token.ts';
import type { Noted } from '../domain/audit.ts';
import { SluiceError } from '../domain/errors.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { JsonObject } from '../lib/json-object.ts';
import { assert } from '../lib/assert.ts';
import type { AccessStore } from '../ports/access-store.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { Credentials } from '../ports/credentials.ts';
import type { AccessChange } from './access-change.ts';

export interface ApiTokensOptions {
  readonly store: Pick<AccessStore, 'checkNew' | 'addToken' | 'token' | 'tokens' | 'revokeToken'>;
  readonly credentials: Credentials;
  readonly ambient: Pick<Ambient, 'nowMs' | 'uuid'>;
  readonly noted: Noted<AccessChange>;
}

/** A token that was just made, with its text, which is shown this once. */
export interface NewApiToken {
  readonly token: ApiToken;
  readonly text: string;
}

/** What operators do with API tokens: make, list and revoke them. The one of the configuration is none of these. */
export class ApiTokens {
  readonly #options: ApiTokensOptions;

  constructor(options: ApiTokensOptions) {
    this.#options = options;
  }

  /** Newest first. */
  list(ask: { readonly before?: number; readonly max: number }): readonly ApiToken[] {
    return this.#options.store.tokens(ask);
  }

  /**
   * The name must be one (`problemOfName`), and the expiry in the future. Rejects `name_taken`, `too_many_api_tokens`,
   * `store_full`.
   */
  async create({ name, role, expiresAtMs }: ApiTokenRequest, by: Actor): Promise<NewApiToken> {
    const { store, credentials, ambient, noted } = this.#options;
    const createdAtMs = ambient.nowMs();
    assert(problemOfName(name) === null, 'the name of a token is checked where it enters');
    assert(!isExpired({ expiresAtMs }, createdAtMs), 'the expiry of a token is checked where it enters');
    store.checkNew(name);
    const text = `${API_TOKEN_PREFIX}${credentials.make()}`;
    const id = `tok_${ambient.uuid().replaceAll('-', '').slice(-16)}`;
    const made = { id, name, role, createdAtMs, createdBy: by.name, expiresAtMs };
    const change = { by: by.name, action: 'token.create', subject: id, before: null, after: told(made) } as const;
    const token = await noted(change, async () => store.addToken(made, credentials.hashOf(text)));
    return { token, text };
  }

  /**
   * The token and its sessions are let in no more when this resolves. What they asked for before goes on. Rejects
   * `api_token_not_found`, `store_full`.
   */
  async revoke(id: string, by: Actor): Promise<void> {
    const { store, noted } = this.#options;
    const token = store.token(id);
    if (token === null) throw new SluiceError('api_token_not_found', { id: id.slice(0, 64) });
    const change = { by: by.name, action: 'token.revoke', subject: id, before: told(token), after: null } as const;
    await noted(change, async () => store.revokeToken(id));
  }
}

/** As the audit trail has it. */
function told({ name, role, expiresAtMs }: ApiTokenRequest): JsonObject {
  return { name, role, expiresAt: expiresAtMs === null ? null : isoOf(expiresAtMs) };
}
