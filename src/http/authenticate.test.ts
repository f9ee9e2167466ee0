import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeKeyOf } from './authenticate.ts';

const b64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');

describe('writeKeyOf', () => {
  const accepted = [
    ['a colon and no password', `Basic ${b64('wk_web:')}`],
    ['no colon', `Basic ${b64('wk_web')}`],
    ['a password', `Basic ${b64('wk_web:x:y')}`],
    ['the colon of the Roku library', `Basic: ${b64('wk_web')}`],
    ['a scheme in lower case', `basic ${b64('wk_web:')}`],
    ['a scheme in upper case and more space', `BASIC   ${b64('wk_web:')} `],
    ['base64 without its padding', `Basic ${b64('wk_web:').replaceAll('=', '')}`],
  ] as const;
  for (const [what, header] of accepted) {
    it(`reads Basic with ${what}`, () => {
      assert.equal(writeKeyOf(header), 'wk_web');
    });
  }

  it('reads each time what is in the header, however many there are and however often they come', () => {
    const keys = Array.from({ length: 200 }, (_, index) => `wk_${index}${'x'.repeat(index * 5)}`);
    for (const key of [...keys, ...keys.toReversed(), ...keys]) assert.equal(writeKeyOf(`Basic ${b64(key)}`), key);
  });

  it('reads keys outside ASCII, and either alphabet', () => {
    assert.equal(writeKeyOf(`Basic ${b64('ключ?>:')}`), 'ключ?>');
    assert.equal(writeKeyOf(`Basic ${Buffer.from('ключ?>:').toString('base64url')}`), 'ключ?>');
  });

  const absent = [
    undefined,
    '',
    'Basic',
    'Basic ',
    'Basic: ',
    `Basic ${b64(':')}`,
    `Basic ${b64(':password')}`,
    `Bearer ${b64('wk_web:')}`,
    `Basic${b64('wk_web:')}`,
    'Basic not base64',
    `Basic ${b64(Buffer.from([0xff, 0xfe, 0x41]))}`,
    `Basic ${b64('a\u0000b:')}`,
  ];
  for (const header of absent) {
    it(`finds none in ${JSON.stringify(header)}`, () => {
      assert.equal(writeKeyOf(header), null);
    });
  }
});
