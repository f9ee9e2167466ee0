import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { encode, EncodedBodies, encodingFor } from './cdn-encoding.ts';

describe('the encoding of an answer', () => {
  const cases: readonly (readonly [accepted: string | undefined, encoding: string])[] = [
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP;q=0.5', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['br; q=0.000, gzip;q=0', 'identity'],
    ['br;q=0.001', 'br'],
    ['brotli, gzipped', 'identity'],
    ['*', 'identity'],
  ];
  for (const [accepted, encoding] of cases) {
    it(`is ${encoding} for ${JSON.stringify(accepted)}`, () => {
      assert.equal(encodingFor(accepted), encoding);
    });
  }

  it('gives back what went in', async () => {
    const body = Buffer.from('ä'.repeat(1_000));
    assert.deepEqual(brotliDecompressSync(await encode(body, 'br')), body);
    assert.deepEqual(gunzipSync(await encode(body, 'gzip')), body);
    assert.equal(await encode(body, 'identity'), body);
  });
});

describe('encoded bodies', () => {
  const makes = (text: string, made: string[]) => () => {
    made.push(text);
    return Buffer.from(text);
  };

  it('are made once for each encoding, whoever asks meanwhile', async () => {
    const made: string[] = [];
    const bodies = new EncodedBodies(10);
    const [first, second] = await Promise.all([
      bodies.get('a', 'br', makes('a', made)),
      bodies.get('a', 'br', makes('a', made)),
    ]);
    assert.equal(first, second);
    assert.equal(await bodies.get('a', 'br', makes('a', made)), first);
    assert.deepEqual(made, ['a']);
    assert.equal(gunzipSync(await bodies.get('a', 'gzip', makes('a', made))).toString(), 'a');
    assert.deepEqual(made, ['a', 'a']);
  });

  it('are forgotten when many others were asked for since', async () => {
    const made: string[] = [];
    const bodies = new EncodedBodies(2);
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await bodies.get(name, 'gzip', makes(name, made));
    assert.deepEqual(made, ['a', 'b', 'c', 'b']);
  });

  it('are made anew after a failure', async () => {
    const bodies = new EncodedBodies(2);
    const fails = () => {
      throw new Error('no such body');
    };
    await assert.rejects(bodies.get('a', 'br', fails), /no such body/);
    assert.equal(brotliDecompressSync(await bodies.get('a', 'br', () => Buffer.from('a'))).toString(), 'a');
  });

  it('are not kept as they are', async () => {
    const made: string[] = [];
    const bodies = new EncodedBodies(2);
    await bodies.get('a', 'identity', makes('a', made));
    await bodies.get('a', 'identity', makes('a', made));
    assert.deepEqual(made, ['a', 'a']);
  });
});
