import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openOperators } from '../../test/support/operators.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import type { Actor } from '../domain/actor.ts';
import { SluiceError } from '../domain/errors.ts';
import { sessionsPerTokenMax } from '../domain/limits.ts';
import type { SignedIn } from './sign-ins.ts';

const TOKEN = 'operator-7fK2xWq9ZtLm';
const HOUR_MS = 60 * 60 * 1000;
const ADMIN: Actor = { name: 'admin token', role: 'admin', via: 'token' };

async function makeBench() {
  const ambient = new SimulatedAmbient();
  const operators = await openOperators({ ambient, token: TOKEN });
  const { signIns, apiTokens, store } = operators;
  const make = async (name: string, { role = 'viewer', forMs }: { role?: 'viewer' | 'admin'; forMs?: number } = {}) =>
    apiTokens.create({ name, role, expiresAtMs: forMs === undefined ? null : ambient.nowMs() + forMs }, ADMIN);
  const begin = async (token: string): Promise<string> => {
    const begun = await signIns.begin(token);
    assert.ok(begun);
    return begun.text;
  };
  /** As whoever lets somebody in does. */
  const use = (signedIn: SignedIn | null): boolean => {
    if (signedIn !== null) signIns.note(signedIn.use);
    return signedIn !== null;
  };
  /** The same store, when Sluice is started again with this token. */
  const restarted = async (token: string) => (await openOperators({ ambient, token, store })).signIns;
  return { ...operators, ambient, make, begin, use, restarted };
}

const codeOf = (run: () => unknown): string | null => {
  try {
    run();
    return null;
  } catch (error) {
    assert.ok(error instanceof SluiceError);
    return error.code;
  }
};

describe('a token', () => {
  it('says who one is and what one may do', async () => {
    const { signIns, make } = await makeBench();
    const { text } = await make('ci');
    assert.deepEqual(signIns.byToken(text)?.actor, { name: 'token ci', role: 'viewer', via: 'token' });
    assert.deepEqual(signIns.byToken(TOKEN)?.actor, ADMIN);
    for (const other of ['', 'slt_', text.slice(4), `${text} `, text.toUpperCase(), 'admin token', 'ci'])
      assert.equal(signIns.byToken(other), null, other);
  });

  it('is let in until it expires, and then told so', async () => {
    const { signIns, make, ambient, begin } = await makeBench();
    const { text } = await make('ci', { forMs: HOUR_MS });
    const session = await begin(text);
    await ambient.advance(HOUR_MS - 1);
    assert.equal(signIns.byToken(text)?.expiresAtMs, ambient.nowMs() + 1);
    assert.equal(signIns.bySession(session)?.expiresAtMs, ambient.nowMs() + 1);
    await ambient.advance(1);
    assert.equal(
      codeOf(() => signIns.byToken(text)),
      'api_token_expired',
    );
    assert.equal(
      codeOf(() => signIns.bySession(session)),
      'api_token_expired',
    );
    await assert.rejects(signIns.begin(text), {
      code: 'api_token_expired',
      details: { name: 'ci', expiredAt: '2026-01-01T01:00:00.000Z' },
    });
  });

  it('is refused once it is revoked, and with it its sessions', async () => {
    const { signIns, apiTokens, make, begin } = await makeBench();
    const { token, text } = await make('ci');
    const session = await begin(text);
    const others = await begin(TOKEN);
    await apiTokens.revoke(token.id, ADMIN);
    assert.deepEqual(
      [signIns.byToken(text), signIns.bySession(session), await signIns.begin(text)],
      [null, null, null],
    );
    assert.ok(signIns.bySession(others));
  });

  it('shows when it was last used, by itself or by a session, and has that written once a minute', async () => {
    const { signIns, store, make, begin, use, ambient } = await makeBench();
    const { token, text } = await make('ci');
    const flushed: number[] = [];
    const flush = store.flush.bind(store);
    store.flush = async () => {
      flushed.push(ambient.elapsedMs());
      await flush();
    };
    const session = await begin(text);
    for (let second = 0; second < 150; second++) {
      await ambient.advance(1_000);
      use(signIns.bySession(session));
    }
    assert.equal(store.token(token.id)?.lastUsedAtMs, ambient.nowMs());
    assert.deepEqual(flushed, [60_000, 120_000]);
  });
});

describe('a session', () => {
  it('is somebody with the role of their token, by a text that is another each time', async () => {
    const { signIns, make, begin } = await makeBench();
    const { text } = await make('ci', { role: 'admin' });
    const [one, two] = [await begin(text), await begin(text)];
    assert.notEqual(one, two);
    assert.deepEqual(signIns.bySession(one)?.actor, { name: 'session of ci', role: 'admin', via: 'session' });
    assert.deepEqual(signIns.bySession(await begin(TOKEN))?.actor.name, 'session of admin token');
    assert.equal(signIns.byToken(one), null);
    assert.equal(signIns.bySession(text), null);
  });

  it('ends after twelve hours without use, and after seven days in any case', async () => {
    const { signIns, begin, use, ambient } = await makeBench();
    const idle = await begin(TOKEN);
    const busy = await begin(TOKEN);
    await ambient.advance(12 * HOUR_MS - 1);
    assert.ok(use(signIns.bySession(busy)));
    await ambient.advance(1);
    assert.equal(signIns.bySession(idle), null);
    for (let hours = 12; hours < 7 * 24 - 1; hours++) {
      await ambient.advance(HOUR_MS);
      assert.ok(use(signIns.bySession(busy)), `after ${hours + 1} hours`);
    }
    await ambient.advance(HOUR_MS);
    assert.equal(signIns.bySession(busy), null);
  });

  it('ends when one signs out, and no other does', async () => {
    const { signIns, begin, changes } = await makeBench();
    const [one, two] = [await begin(TOKEN), await begin(TOKEN)];
    await signIns.end(one);
    await signIns.end(one);
    await signIns.end('never-begun');
    assert.deepEqual([signIns.bySession(one), signIns.isSession(one)], [null, false]);
    assert.ok(signIns.bySession(two));
    assert.deepEqual(
      changes.map(({ by, action, subject }) => [by, action, subject]),
      [
        ['admin token', 'session.begin', 'admin token'],
        ['admin token', 'session.begin', 'admin token'],
        ['session of admin token', 'session.end', 'admin token'],
      ],
    );
  });

  it('goes on over a restart, and ends when the token of the configuration is another then', async () => {
    const { begin, restarted, store } = await makeBench();
    const session = await begin(TOKEN);
    assert.ok((await restarted(TOKEN)).bySession(session));
    const changed = await restarted('another-7fK2xWq9ZtLm');
    assert.equal(changed.bySession(session), null);
    assert.equal(await store.endSessions(() => true), 0);
    assert.equal((await restarted(TOKEN)).bySession(session), null);
  });

  it('is one of a hundred of its token at most, of which the oldest ends', async () => {
    const { signIns, begin } = await makeBench();
    const sessions: string[] = [];
    for (let count = 0; count <= sessionsPerTokenMax; count++) sessions.push(await begin(TOKEN));
    assert.deepEqual(
      [sessions[0], sessions[1], sessions.at(-1)].map((text = '') => signIns.bySession(text) !== null),
      [false, true, true],
    );
  });

  it('is forgotten when it is over, with the next look', async () => {
    const { signIns, begin, use, ambient, store } = await makeBench();
    await begin(TOKEN);
    await ambient.advance(13 * HOUR_MS);
    use(signIns.byToken(TOKEN));
    await ambient.advance(60_000);
    assert.equal(await store.endSessions(() => true), 0);
  });

  it('has a CSRF token of its own, which does not tell its text', async () => {
    const { signIns, begin } = await makeBench();
    const [one, two] = [await begin(TOKEN), await begin(TOKEN)];
    assert.match(signIns.csrfTokenOf(one), /^[\w-]{43}$/);
    assert.equal(signIns.csrfTokenOf(one), signIns.csrfTokenOf(one));
    assert.equal(new Set([one, two, signIns.csrfTokenOf(one), signIns.csrfTokenOf(two)]).size, 4);
    assert.equal(signIns.bySession(signIns.csrfTokenOf(one)), null);
  });

  it('needs no room on the disk to go on', async () => {
    const { signIns, begin, use, ambient, store } = await makeBench();
    const session = await begin(TOKEN);
    store.flush = async () => Promise.reject(new SluiceError('store_full'));
    for (let minute = 0; minute < 3; minute++) {
      await ambient.advance(60_000);
      assert.ok(use(signIns.bySession(session)));
    }
  });
});
