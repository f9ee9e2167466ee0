import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openOperators } from '../../test/support/operators.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { Actor } from '../domain/actor.ts';
import { problemOfName } from '../domain/api-token.ts';

const BY: Actor = { name: 'session of ops', role: 'admin', via: 'session' };

describe('an API token', () => {
  it('is 32 random bytes behind `slt_`, of which only the hash is kept', async () => {
    const ambient = new SimulatedAmbient();
    const { apiTokens, store } = await openOperators({ ambient });
    const { token, text } = await apiTokens.create({ name: 'ci', role: 'viewer', expiresAtMs: null }, BY);
    assert.match(text, /^slt_[\w-]{43}$/);
    assert.match(token.id, /^tok_[0-9a-f]{16}$/);
    assert.deepEqual(
      [token.createdAtMs, token.createdBy, token.lastUsedAtMs],
      [ambient.nowMs(), 'session of ops', null],
    );
    assert.doesNotMatch(JSON.stringify(store.tokens({ max: 9 })), new RegExp(text.slice(4)));
  });

  it('is told in the audit trail when it is made and when it is revoked, never its text', async () => {
    const ambient = new SimulatedAmbient();
    const { apiTokens, changes } = await openOperators({ ambient });
    const expiresAtMs = ambient.nowMs() + 1_000;
    const { token, text } = await apiTokens.create({ name: 'ci', role: 'admin', expiresAtMs }, BY);
    await assert.rejects(apiTokens.create({ name: 'CI', role: 'admin', expiresAtMs: null }, BY), {
      code: 'name_taken',
    });
    await assert.rejects(apiTokens.revoke('tok_none', BY), { code: 'api_token_not_found' });
    await apiTokens.revoke(token.id, BY);
    const told = { name: 'ci', role: 'admin', expiresAt: '2026-01-01T00:00:01.000Z' };
    assert.deepEqual(changes, [
      { by: 'session of ops', action: 'token.create', subject: token.id, before: null, after: told },
      { by: 'session of ops', action: 'token.revoke', subject: token.id, before: told, after: null },
    ]);
    assert.ok(!JSON.stringify(changes).includes(text));
  });
});

describe('the name of an API token', () => {
  it('is one line of text that looks like what it is', () => {
    for (const name of ['ci', 'Zoë’s laptop', '部署', '🚀'.repeat(100), 'a b'])
      assert.equal(problemOfName(name), null, name);
    const deceiving = ['a\nb', 'a\u0000', 'a\u202eb', 'a\u2028b', '\ud800', 'tab\there', 'a\u0085b'];
    for (const name of ['', ' a', 'a ', 'x'.repeat(101), '🚀'.repeat(101), ...deceiving])
      assert.ok(problemOfName(name) !== null, JSON.stringify(name));
  });
});
