import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Path } from '../contract/problems.ts';
import { readYaml } from './yaml-file.ts';

function mistakesOf(text: string): readonly string[] {
  const read = readYaml(text);
  return 'mistakes' in read ? read.mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`) : [];
}

describe('a YAML file', () => {
  it('knows where each key and value stands, through aliases and merge keys too', () => {
    const read = readYaml('x: &x\n  k: 1\n  zz: 3\ny:\n  <<: *x\n  q: 2\nl:\n  - *x\n  - {a: }\n');
    assert.ok('value' in read);
    const places: readonly (readonly [Path, 'key' | 'value', string])[] = [
      [['x', 'k'], 'value', '2:6'],
      [['y', 'zz'], 'key', '3:3'],
      [['y', 'q'], 'key', '6:3'],
      [['y', 'q'], 'value', '6:6'],
      [['l', 0, 'k'], 'value', '2:6'],
      [[], 'value', '1:1'],
    ];
    for (const [path, at, expected] of places) {
      const { line, column } = read.placeOf(path, at);
      assert.equal(`${line}:${column}`, expected, path.join('.'));
    }
  });

  it('says of what is not there where it would have to be', () => {
    const read = readYaml('l:\n  - {a: 1}\n  - {b: 2}\n');
    assert.ok('value' in read);
    assert.deepEqual(read.placeOf(['l', 1, 'a', 'deeper'], 'value'), { line: 3, column: 5 });
    assert.deepEqual(read.placeOf(['nothing'], 'key'), { line: 1, column: 1 });
  });

  it('may hold no key twice', () => {
    assert.deepEqual(mistakesOf('a: 1\nb: 2\na: 3\n'), ['3:1 this key is there twice']);
  });

  it('is one document with text as keys and known tags', () => {
    assert.deepEqual(mistakesOf('a: 1\n---\nb: 2\n'), ['2:1 a second document begins here; write all in one']);
    assert.deepEqual(mistakesOf('? [a]\n: 1\n'), ['1:3 a key must be text']);
    assert.deepEqual(mistakesOf('a: !include other.yaml\n'), [
      '1:4 this tag is not known here; put text that begins with `!` in quotes',
    ]);
  });

  it('tells where its syntax is wrong', () => {
    assert.match(mistakesOf('a: [1\n').join(), /^2:1 this is not YAML: /);
    assert.match(mistakesOf('a:\n\tb: 1\n').join(), /^2:1 this is not YAML: Tabs/);
  });

  it('has no alias without an anchor before it', () => {
    assert.deepEqual(mistakesOf('a: *later\nb: &later 1\n'), [
      '1:4 there is no anchor for this alias; put text that begins with `*` in quotes',
    ]);
  });

  it('is told of an anchor that contains itself, and may use a name again', () => {
    assert.deepEqual(mistakesOf('a: &a { b: [*a] }\n'), ['1:13 the anchor of this alias contains itself here']);
    assert.deepEqual(mistakesOf('a: &a { b: &a 1, c: *a }\n'), []);
  });

  it('may use an anchor for thousands of entries', () => {
    const read = readYaml(`a: &a {k: 1}\nl: [${'*a, '.repeat(3_000)}]`);
    assert.ok('value' in read);
    assert.equal((read.value as { l: unknown[] }).l.length, 3_000);
  });

  it('has no key that JavaScript keeps for itself', () => {
    assert.deepEqual(mistakesOf('a:\n  __proto__: { x: 1 }\n'), ['2:3 `__proto__` cannot be a key']);
  });

  it('does not explode: a billion laughs are refused', () => {
    let text = `a: &a [${'ha, '.repeat(10)}]\n`;
    for (const [anchor = '', last = ''] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg', 'ih'].map((pair) =>
      pair.split(''),
    )) {
      text += `${anchor}: &${anchor} [${`*${last}, `.repeat(10)}]\n`;
    }
    assert.match(mistakesOf(text).join(), /^1:1 an anchor stands for more than 20000 values/);
  });

  it('does not overflow the stack, however deep it is nested', () => {
    assert.deepEqual(mistakesOf('['.repeat(100_000)), ['1:1 this is nested too deep']);
    assert.deepEqual(mistakesOf('{a: '.repeat(50_000)), ['1:1 this is nested too deep']);
  });
});
