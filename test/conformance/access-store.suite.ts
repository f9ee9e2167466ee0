import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { AccessLimits } from '../../src/adapters/sql/access-store.ts';
import type { ApiToken } from '../../src/domain/api-token.ts';
import type { Session } from '../../src/domain/session.ts';
import type { AccessStore, NewApiToken } from '../../src/ports/access-store.ts';

export interface AccessStoreBackend {
  readonly name: string;
  place(): AccessStorePlace;
}

/** Where the stores of one test are: what one of them leaves the next one finds. */
export interface AccessStorePlace {
  open(limits?: Partial<AccessLimits>): AccessStore;
  remove(): void;
}

const AT_MS = 1_767_225_600_000;
const tokenOf = (name: string, more: Partial<NewApiToken> = {}): NewApiToken => ({
  ...{ id: `tok_${name}`, name, role: 'viewer', createdAtMs: AT_MS, createdBy: 'admin token', expiresAtMs: null },
  ...more,
});
const sessionOf = (hash: string, tokenHash: string, createdAtMs = AT_MS): Session => ({
  ...{ hash, tokenHash, createdAtMs, lastUsedAtMs: createdAtMs },
});
const codeOf =
  (code: string) =>
  (error: { readonly code?: string }): boolean =>
    error.code === code;

/** What `ports/access-store.ts` promises. */
export function accessStoreSuite(backend: AccessStoreBackend): void {
  describe(`the access store (${backend.name})`, () => {
    let place: AccessStorePlace;
    let store: AccessStore;

    beforeEach(() => {
      place = backend.place();
      store = place.open();
    });
    afterEach(async () => {
      await store.close();
      place.remove();
    });
    const reopen = async (limits: Partial<AccessLimits> = {}): Promise<void> => {
      await store.close();
      store = place.open(limits);
    };
    const names = (ask: { before?: number; max: number }): readonly string[] =>
      store.tokens(ask).map(({ name }) => name);

    it('finds a token by its hash and its id, as it was made, also when opened anew', async () => {
      const token = tokenOf('CI, Zoë 🚀', { id: 'tok_1', role: 'admin', expiresAtMs: AT_MS + 5 });
      const added = await store.addToken(token, 'hash-1');
      assert.deepEqual(added, { ...token, number: added.number, lastUsedAtMs: null } satisfies ApiToken);
      for (const again of [false, true]) {
        if (again) await reopen();
        assert.deepEqual(store.tokenByHash('hash-1'), added);
        assert.deepEqual(store.token('tok_1'), added);
        assert.deepEqual(
          [store.tokenByHash('tok_1'), store.tokenByHash('hash-'), store.token('hash-1')],
          [null, null, null],
        );
      }
    });

    it('lists tokens newest first, page by page, whatever is revoked meanwhile', async () => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) await store.addToken(tokenOf(name), `hash-${name}`);
      const page = store.tokens({ max: 2 });
      assert.deepEqual(
        page.map(({ name }) => name),
        ['e', 'd'],
      );
      const before = page.at(-1)?.number ?? 0;
      await store.revokeToken('tok_d');
      await store.addToken(tokenOf('f'), 'hash-f');
      assert.deepEqual(names({ before, max: 2 }), ['c', 'b']);
      await reopen();
      assert.deepEqual(names({ max: 9 }), ['f', 'e', 'c', 'b', 'a']);
    });

    it('has each name once, whatever the case, until its token is revoked', async () => {
      await store.addToken(tokenOf('Straße Ünite'), 'hash-1');
      for (const name of ['Straße Ünite', 'STRAßE ünite', 'straße u\u0308nite'])
        await assert.rejects(store.addToken(tokenOf(name, { id: 'tok_2' }), 'hash-2'), codeOf('name_taken'));
      await reopen();
      await assert.rejects(store.addToken(tokenOf('straße ünite'), 'hash-2'), codeOf('name_taken'));
      await store.revokeToken('tok_Straße Ünite');
      await store.addToken(tokenOf('straße ünite'), 'hash-2');
    });

    it('has so many tokens, and room again when one is revoked', async () => {
      await reopen({ tokensMax: 2 });
      for (const name of ['a', 'b']) await store.addToken(tokenOf(name), `hash-${name}`);
      await assert.rejects(store.addToken(tokenOf('c'), 'hash-c'), codeOf('too_many_api_tokens'));
      assert.equal(store.tokenByHash('hash-c'), null);
      await store.revokeToken('tok_a');
      await store.addToken(tokenOf('c'), 'hash-c');
    });

    it('revokes a token with its sessions and no others, at once and for good', async () => {
      for (const name of ['a', 'b']) {
        await store.addToken(tokenOf(name), `hash-${name}`);
        await store.addSession(sessionOf(`session-${name}`, `hash-${name}`));
      }
      assert.equal((await store.revokeToken('tok_a'))?.name, 'a');
      assert.equal(await store.revokeToken('tok_a'), null);
      for (const again of [false, true]) {
        if (again) await reopen();
        assert.deepEqual(
          [store.tokenByHash('hash-a'), store.token('tok_a'), store.session('session-a')],
          [null, null, null],
        );
        assert.equal(store.tokenByHash('hash-b')?.name, 'b');
        assert.deepEqual(store.session('session-b'), sessionOf('session-b', 'hash-b'));
      }
    });

    it('has sessions of a token that it does not know, since that of the configuration is none of its own', async () => {
      await store.addSession(sessionOf('session-1', 'hash-of-the-configured'));
      await reopen();
      assert.equal(store.session('session-1')?.tokenHash, 'hash-of-the-configured');
    });

    it('ends the oldest session of a token where there would be too many, and none of another', async () => {
      await reopen({ sessionsPerTokenMax: 2 });
      await store.addSession(sessionOf('other', 'hash-b'));
      for (const hash of ['one', 'two', 'three']) await store.addSession(sessionOf(hash, 'hash-a'));
      const known = (): readonly string[] =>
        ['other', 'one', 'two', 'three'].filter((hash) => store.session(hash) !== null);
      assert.deepEqual(known(), ['other', 'two', 'three']);
      await reopen({ sessionsPerTokenMax: 2 });
      assert.deepEqual(known(), ['other', 'two', 'three']);
      await store.addSession(sessionOf('four', 'hash-a'));
      assert.deepEqual(known(), ['other', 'three']);
    });

    it('ends the sessions that are named, and says how many', async () => {
      for (const [index, hash] of ['one', 'two', 'three'].entries())
        await store.addSession(sessionOf(hash, 'hash-a', AT_MS + index));
      assert.equal(await store.endSessions(({ createdAtMs }) => createdAtMs < AT_MS), 0);
      assert.equal(await store.endSessions(({ createdAtMs }) => createdAtMs < AT_MS + 2), 2);
      await reopen();
      assert.deepEqual(
        ['one', 'two', 'three'].map((hash) => store.session(hash) !== null),
        [false, false, true],
      );
    });

    it('shows at once what was used, and has it written by `flush` and `close`', async () => {
      await store.addToken(tokenOf('a'), 'hash-a');
      await store.addSession(sessionOf('session-a', 'hash-a'));
      const lastUses = (): readonly unknown[] => [
        store.token('tok_a')?.lastUsedAtMs,
        store.tokenByHash('hash-a')?.lastUsedAtMs,
        store.session('session-a')?.lastUsedAtMs,
      ];
      store.use({ token: 'hash-a', session: null }, AT_MS + 1);
      assert.deepEqual(lastUses(), [AT_MS + 1, AT_MS + 1, AT_MS]);
      await store.flush();
      store.use({ token: 'hash-a', session: 'session-a' }, AT_MS + 2);
      assert.deepEqual(lastUses(), [AT_MS + 2, AT_MS + 2, AT_MS + 2]);
      await reopen();
      assert.deepEqual(lastUses(), [AT_MS + 2, AT_MS + 2, AT_MS + 2]);
    });

    it('does not bring back by its use what was revoked or ended', async () => {
      await store.addToken(tokenOf('a'), 'hash-a');
      await store.addSession(sessionOf('session-a', 'hash-a'));
      store.use({ token: 'hash-a', session: 'session-a' }, AT_MS + 1);
      await store.revokeToken('tok_a');
      store.use({ token: 'hash-a', session: 'session-a' }, AT_MS + 2);
      await store.flush();
      await reopen();
      assert.deepEqual([store.tokenByHash('hash-a'), store.session('session-a')], [null, null]);
    });
  });
}
