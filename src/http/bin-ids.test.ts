import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { makeSecretBox } from '../adapters/system/secret-box.ts';
import { makeBinIds } from './bin-ids.ts';

const ambient = new SimulatedAmbient();
const boxWith = (bytes: Buffer): ReturnType<typeof makeSecretBox> => makeSecretBox({ bytes, name: 'a test' });

describe('ids of request bins', () => {
  const key = randomBytes(32);
  const ids = makeBinIds({ box: boxWith(key), ambient });

  it('are known again by whoever has the key', () => {
    const id = ids.make();
    assert.match(id, /^bin_[\w-]{54}$/);
    assert.notEqual(id, ids.make());
    assert.ok(makeBinIds({ box: boxWith(key), ambient }).isOne(id));
    assert.ok(!makeBinIds({ box: boxWith(randomBytes(32)), ambient }).isOne(id));
  });

  it('are no others, however near', () => {
    const id = ids.make();
    for (let at = 0; at < id.length; at++) {
      const other = id[at] === '0' ? '1' : '0';
      assert.ok(!ids.isOne(`${id.slice(0, at)}${other}${id.slice(at + 1)}`), `character ${at}`);
      assert.ok(!ids.isOne(id.slice(0, at)));
    }
    for (const wrong of [`${id}0`, `${id}\n`, ` ${id}`, 'bin_', 'dev', '', 'é'.repeat(58)])
      assert.ok(!ids.isOne(wrong));
  });
});
