import type { accessOperations, apiToken, session } from '../contract/access.ts';
import type { Shown } from '../contract/operation.ts';
import { type ApiToken, isExpired } from '../domain/api-token.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { ApiTokens } from '../workspace/api-tokens.ts';
import type { HandlersOf } from './handlers.ts';
import { invalidBody } from './json-body.ts';
import type { Admitted, OperatorAccess } from './operator-access.ts';
import { invalid } from './parameters.ts';

export interface AccessRouteParts {
  readonly access: OperatorAccess;
  readonly apiTokens: Pick<ApiTokens, 'create' | 'list' | 'revoke'>;
  readonly ambient: Ambient;
}

/** Who may do what: tokens, and sessions of browsers. */
export function accessHandlers({ access, apiTokens, ambient }: AccessRouteParts): HandlersOf<typeof accessOperations> {
  return {
    beginSession: async ({ body: { token } }, { request, reply }) => {
      const { cookie, ...admitted } = await access.signIn(request.raw, token);
      void reply.header('Set-Cookie', cookie);
      return shownSession(admitted);
    },
    getSession: (_asked, { request }) => shownSession(access.admit(request.raw)),
    endSession: async (_asked, { request, reply }) => {
      void reply.header('Set-Cookie', await access.signOut(request.raw));
      return null;
    },
    createApiToken: async ({ body: { name, role, expiresAt = null } }, { actor }) => {
      if (isExpired({ expiresAtMs: expiresAt }, ambient.nowMs()))
        throw invalidBody([{ path: 'expiresAt', message: 'must be in the future' }]);
      const { token, text } = await apiTokens.create({ name, role, expiresAtMs: expiresAt }, actor);
      return { ...shownToken(token), token: text };
    },
    listApiTokens: ({ query: { limit, cursor } }) => {
      const found = apiTokens.list({ ...(cursor === undefined ? {} : { before: numberIn(cursor) }), max: limit + 1 });
      const page = found.slice(0, limit);
      const next = found.length > limit ? String(page.at(-1)?.number) : null;
      return { data: page.map(shownToken), next };
    },
    revokeApiToken: async ({ params: { id } }, { actor }) => {
      await apiTokens.revoke(id, actor);
      return null;
    },
  };
}

function numberIn(cursor: string): number {
  if (!/^[1-9]\d{0,14}$/.test(cursor)) throw invalid('cursor', 'must be the `next` of the page before');
  return Number(cursor);
}

function shownToken(token: ApiToken): Shown<typeof apiToken> {
  const { id, name, role, createdAtMs, createdBy, expiresAtMs, lastUsedAtMs } = token;
  return {
    ...{ id, name, role, createdAt: isoOf(createdAtMs), createdBy },
    expiresAt: expiresAtMs === null ? null : isoOf(expiresAtMs),
    lastUsedAt: lastUsedAtMs === null ? null : isoOf(lastUsedAtMs),
  };
}

function shownSession({ actor, expiresAtMs, csrfToken }: Admitted): Shown<typeof session> {
  return { ...actor, expiresAt: expiresAtMs === null ? null : isoOf(expiresAtMs), csrfToken };
}
