import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SecretBox } from '../../src/ports/secret-box.ts';

export interface SecretBoxBackend {
  readonly name: string;
  /** A box with a key of its own each time, and what opens another with the same key. */
  make(): { readonly box: SecretBox; readonly again: () => SecretBox };
}

const WRONG = { code: 'secrets_key_wrong' };
/** Halves of surrogate pairs among them. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
const context = fc.string({ unit: 'grapheme' });

export function secretBoxSuite(backend: SecretBoxBackend): void {
  describe(`a secret box (${backend.name})`, () => {
    const { box, again } = backend.make();

    it('opens any text that was sealed with its key, as it was', () => {
      const other = again();
      fc.assert(
        fc.property(anyText, context, (text, place) => {
          assert.equal(other.open(box.seal(text, place), place), text);
        }),
      );
      for (const text of ['', '\u0000', 'sealed:v1:', box.seal('twice', 'a'), 'é'.repeat(1_000_000)])
        assert.equal(box.open(box.seal(text, 'a'), 'a'), text);
    });

    it('does not open what was sealed for another place', () => {
      fc.assert(
        fc.property(context, context, (place, other) => {
          fc.pre(place !== other);
          assert.throws(() => box.open(box.seal('secret', place), other), WRONG);
        }),
      );
    });

    it('does not open what another key sealed', () => {
      assert.throws(() => backend.make().box.open(box.seal('secret', 'a'), 'a'), WRONG);
    });

    it('does not open what was changed in any character, cut, or made longer', () => {
      const sealed = box.seal('secret', 'a');
      for (let at = 0; at < sealed.length; at++) {
        for (const other of ['A', 'B', 'x', '9', '-', '=', ' ', 'é'].filter((each) => each !== sealed[at])) {
          const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
          assert.throws(() => box.open(changed, 'a'), WRONG, `character ${at} as ${other}`);
        }
        assert.throws(() => box.open(sealed.slice(0, at), 'a'), WRONG, `cut to ${at}`);
      }
      for (const more of ['A', '=', ' ', sealed]) assert.throws(() => box.open(sealed + more, 'a'), WRONG);
    });

    it('does not open what was never sealed', () => {
      fc.assert(
        fc.property(anyText, (text) => {
          assert.throws(() => box.open(text, 'a'), WRONG);
          assert.throws(() => box.open(`${box.seal('', 'a').slice(0, 10)}${text}`, 'a'), WRONG);
        }),
      );
    });

    it('seals the same differently each time, and shows nothing of it', () => {
      const sealed = Array.from({ length: 10_000 }, () => box.seal('a-secret', 'a'));
      assert.equal(new Set(sealed).size, sealed.length);
      for (const each of sealed.slice(0, 100)) {
        assert.match(each, /^sealed:v\d+:[\w-]+$/);
        assert.ok(!Buffer.from(each.split(':')[2] ?? '', 'base64url').includes('a-secret'));
      }
    });

    it('marks a text as it always does, and no other text, place or key so', () => {
      const mark = box.mark('text', 'a');
      assert.match(mark, /^[\w-]{43}$/);
      assert.equal(again().mark('text', 'a'), mark);
      const others = [
        box.mark('text', 'b'),
        box.mark('texta', ''),
        box.mark('tex', 'ta'),
        backend.make().box.mark('text', 'a'),
      ];
      assert.equal(new Set([mark, ...others]).size, 5);
    });
  });
}
