import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isGuessable } from './guessable.ts';

describe('a token that somebody chose', () => {
  it('can be guessed when words, repetitions and sequences are all that there is to it', () => {
    const tokens = [
      ...['changeme-changeme', 'change-me-change-me', 'please-change-this-token', 'your-token-goes-here'],
      ...['aaaaaaaaaaaaaaaa', '00000000000000000000000000000000', 'abababababababababab', 'abcdefgh'.repeat(32)],
      ...['0123456789abcdef', 'fedcba9876543210', 'abcdefghijklmnop', '1234567890123456', 'deadbeefdeadbeefdeadbeef'],
      ...['qwertyuiopasdfghjkl', 'qwertyqwertyqwerty', '1q2w3e4r5t6y7u8i', 'zyxwvutsrqponmlk'],
      ...[
        'password12345678',
        'P4ssw0rd-P4ssw0rd!',
        'hunter2hunter2hunter2',
        'administrator2024!',
        'letmeinletmeinletmein',
      ],
      ...['sluice-admin-token', 'SLUICE_ADMIN_TOKEN', 'operator-0123456789', 'MySuperSecretAdminToken123!'],
      ...['keep-me-safe-please', 'company-prod-sluice-token-2026', 'correct-horse-battery-staple'],
    ];
    for (const token of tokens) assert.ok(isGuessable(token), token);
  });

  it('cannot when it is random, as the usual tools make it', () => {
    const tokens = [
      '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      '550e8400-e29b-41d4-a716-446655440000',
      'f47ac10b-58cc-4372-a567-0e02b2c3d479',
      'kX9vTq2mWz7pLd4R',
      'xq9f3k1zmvb7w0ta',
      'f3a9017be64cd258',
      'T3m+q0Zr1yV8dWk5xNbEhA==',
    ];
    for (const token of tokens) assert.ok(!isGuessable(token), token);
  });

  it('is none of the random ones that `openssl rand -hex 32` and UUIDs are, whichever these are', () => {
    const hex = fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdef')), minLength: 64, maxLength: 64 });
    // Of what fast-check makes, some is repetitive on purpose; one that shrinks is too.
    const isRandom = (text: string): boolean => new Set(text).size >= 12 && !/(.{4}).*\1/.test(text);
    fc.assert(
      fc.property(hex.filter(isRandom), (token) => !isGuessable(token)),
      { seed: 1 },
    );
    for (let time = 0; time < 1_000; time++) assert.ok(!isGuessable(crypto.randomUUID()));
  });

  it('is told quickly, however long it is', () => {
    const startedAtMs = performance.now();
    for (const token of ['x1'.repeat(128), 'abcdefgh'.repeat(32), 'a'.repeat(256)]) assert.ok(isGuessable(token));
    assert.ok(performance.now() - startedAtMs < 1_000);
  });
});
