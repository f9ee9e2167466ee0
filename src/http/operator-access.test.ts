import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { openOperators } from '../../test/support/operators.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { makeForwarding } from './client-address.ts';

const TOKEN = 'operator-0123456789';

/** A request as it looks to who checks it. */
function request(headers: IncomingHttpHeaders = {}, remoteAddress = '127.0.0.1'): IncomingMessage {
  return { headers: { host: '127.0.0.1:8080', ...headers }, socket: { remoteAddress } } as unknown as IncomingMessage;
}

const bearing = (token: string, address?: string): IncomingMessage =>
  request({ authorization: `Bearer ${token}` }, address);

async function makeBench({
  token = TOKEN,
  isOpenOnLoopback = false,
  trustedProxies = [],
}: { token?: string | null; isOpenOnLoopback?: boolean; trustedProxies?: readonly string[] } = {}) {
  const ambient = new SimulatedAmbient();
  const isWriteKey = (text: string): boolean => text === 'wk_website';
  const forwarding = makeForwarding(trustedProxies);
  const { access } = await openOperators({ token, isOpenOnLoopback, isWriteKey, forwarding, ambient });
  const codeOf = (asked: IncomingMessage): string | null => {
    try {
      access.require(asked, 'admin');
      return null;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  return { ambient, access, codeOf };
}

describe('the API token', () => {
  it('lets in whoever sends it, from anywhere', async () => {
    const { codeOf } = await makeBench();
    assert.equal(codeOf(bearing(TOKEN)), null);
    assert.equal(codeOf(bearing(TOKEN, '203.0.113.5')), null);
    assert.equal(codeOf(request({ authorization: `bearer   ${TOKEN} ` })), null);
  });

  it('is asked for, also from this machine', async () => {
    const { codeOf } = await makeBench();
    const basic = `Basic ${btoa(`${TOKEN}:`)}`;
    for (const authorization of [undefined, '', TOKEN, basic, 'Bearer', `Bearer ${TOKEN} ${TOKEN}`]) {
      assert.equal(codeOf(request(authorization === undefined ? {} : { authorization })), 'api_token_required');
    }
  });

  it('is no other text, neither longer nor shorter', async () => {
    for (const token of [`${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase()]) {
      assert.equal((await makeBench()).codeOf(bearing(token)), 'api_token_required');
    }
  });

  it('is never a write key, not even when one was made both', async () => {
    assert.equal((await makeBench()).codeOf(bearing('wk_website')), 'api_token_required');
    assert.equal((await makeBench({ token: 'wk_website' })).codeOf(bearing('wk_website')), 'api_token_required');
  });

  it('is not needed on this machine where that is open, and there alone', async () => {
    const { codeOf } = await makeBench({ isOpenOnLoopback: true, token: null });
    assert.equal(codeOf(request()), null);
    assert.equal(codeOf(request({ 'x-forwarded-for': '203.0.113.5' })), 'api_token_required');
    assert.equal(codeOf(bearing('null', '203.0.113.5')), 'api_token_required');
    assert.equal(codeOf(bearing('', '203.0.113.5')), 'api_token_required');
  });
});

describe('whoever reads on', () => {
  it('may do so until what let them in ends, which counts neither as a use nor as a guess', async () => {
    const ambient = new SimulatedAmbient();
    const { access, apiTokens, signIns, store } = await openOperators({ ambient, token: TOKEN });
    const by = { name: 'admin token', role: 'admin', via: 'token' } as const;
    const make = async (name: string, forMs: number | null) =>
      apiTokens.create({ name, role: 'viewer', expiresAtMs: forMs === null ? null : ambient.nowMs() + forMs }, by);
    const [revoked, expiring] = [await make('revoked', null), await make('expiring', 1_000)];
    const session = (await signIns.begin(revoked.text))?.text ?? '';
    const requests = [
      bearing(revoked.text),
      request({ cookie: `sluice_session=${session}` }),
      bearing(expiring.text),
      bearing(TOKEN),
    ];
    const allowed = (needed: 'viewer' | 'admin' = 'viewer'): readonly boolean[] =>
      requests.map((each) => access.isStillAllowed(each, needed));
    const usedAtMs = store.token(revoked.token.id)?.lastUsedAtMs;
    await ambient.advance(500);
    assert.deepEqual(allowed(), [true, true, true, true]);
    assert.deepEqual(allowed('admin'), [false, false, false, true]);
    assert.deepEqual([usedAtMs, store.token(expiring.token.id)?.lastUsedAtMs], [ambient.nowMs() - 500, null]);
    assert.equal(store.token(revoked.token.id)?.lastUsedAtMs, usedAtMs);
    await ambient.advance(500);
    await apiTokens.revoke(revoked.token.id, by);
    for (let time = 0; time < 20; time++) assert.deepEqual(allowed(), [false, false, false, true]);
    access.require(bearing(TOKEN), 'admin');
  });
});

describe('guessing the API token', () => {
  it('ends for a minute after ten wrong ones from one address, even with the right one', async () => {
    const { ambient, access, codeOf } = await makeBench();
    for (let guess = 0; guess < 10; guess++) assert.equal(codeOf(bearing('wrong')), 'api_token_required');
    await ambient.advance(20_500);
    assert.throws(
      () => {
        access.require(bearing(TOKEN), 'viewer');
      },
      { code: 'too_many_wrong_tokens', details: { address: '127.0.0.1', retryAfterS: 40 } },
    );
    assert.equal(codeOf(bearing(TOKEN, '203.0.113.5')), null);
    await ambient.advance(39_500);
    assert.equal(codeOf(bearing(TOKEN)), null);
    assert.equal(codeOf(bearing('wrong')), 'api_token_required');
  });

  it('counts for the address that a trusted proxy names, and by nobody else', async () => {
    const { codeOf } = await makeBench({ trustedProxies: ['10.0.0.0/8'] });
    const sent = (token: string, client: string, peer: string): string | null =>
      codeOf(request({ authorization: `Bearer ${token}`, 'x-forwarded-for': client }, peer));
    for (let guess = 0; guess < 10; guess++) {
      sent('wrong', `198.51.100.${guess}, 203.0.113.5`, '10.0.0.1');
      sent('wrong', `198.51.100.${guess}`, '192.0.2.1');
    }
    assert.equal(sent(TOKEN, '203.0.113.5', '10.0.0.2'), 'too_many_wrong_tokens');
    assert.equal(sent(TOKEN, '203.0.113.6', '10.0.0.1'), null);
    assert.equal(sent(TOKEN, '203.0.113.6', '192.0.2.1'), 'too_many_wrong_tokens');
  });

  it('counts for the /64 of an IPv6 address, and for an IPv4 address whichever way it is written', async () => {
    const { codeOf } = await makeBench();
    for (let guess = 0; guess < 10; guess++) {
      codeOf(bearing('wrong', `2001:db8:1:2::${guess + 1}`));
      codeOf(bearing('wrong', guess % 2 === 0 ? '198.51.100.7' : '::ffff:c633:6407'));
      codeOf(bearing('wrong', `fe80::${guess + 1}%eth0`));
    }
    const table: readonly (readonly [address: string, isShut: boolean])[] = [
      ['2001:db8:1:2:ffff:ffff:ffff:ffff', true],
      ['2001:DB8:1:2::', true],
      ['2001:db8:1:3::1', false],
      ['2001:db8:1::2:1', false],
      ['198.51.100.7', true],
      ['::ffff:198.51.100.7', true],
      ['198.51.100.8', false],
      ['fe80::1:2:3:4', true],
      ['fe80:1::1', false],
      ['::1', false],
    ];
    for (const [address, isShut] of table)
      assert.equal(codeOf(bearing(TOKEN, address)), isShut ? 'too_many_wrong_tokens' : null, address);
  });

  it('is told of the network that it is refused to', async () => {
    const { access, codeOf } = await makeBench();
    for (let guess = 0; guess < 10; guess++) codeOf(bearing('wrong', '2001:db8::7:0:0:1'));
    assert.throws(
      () => {
        access.require(bearing(TOKEN, '2001:db8::8:0:0:1'), 'viewer');
      },
      { details: { address: '2001:db8::/64', retryAfterS: 60 } },
    );
  });

  it('is not what somebody does who sends none', async () => {
    const { codeOf } = await makeBench();
    for (let time = 0; time < 50; time++) assert.equal(codeOf(request()), 'api_token_required');
    assert.equal(codeOf(bearing(TOKEN)), null);
  });

  it('is remembered of 10,000 addresses, the newest', async () => {
    const { codeOf } = await makeBench();
    const guess = (address: string): void => {
      for (let time = 0; time < 10; time++) codeOf(bearing('wrong', address));
    };
    guess('a0');
    for (let other = 1; other < 10_000; other++) codeOf(bearing('wrong', `a${other}`));
    assert.equal(codeOf(bearing(TOKEN, 'a0')), 'too_many_wrong_tokens');
    codeOf(bearing('wrong', 'a10000'));
    assert.equal(codeOf(bearing(TOKEN, 'a0')), null);
  });
});
