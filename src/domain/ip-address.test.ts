import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isIpv4, literalAddressOf, rangesOf, wordsOf } from './ip-address.ts';

describe('the words of an address', () => {
  it('are eight of 16 bits', () => {
    assert.deepEqual(wordsOf('2001:db8::1'), [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]);
    assert.deepEqual(wordsOf('::'), [0, 0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(wordsOf('1:2:3:4:5:6:7:FFFF'), [1, 2, 3, 4, 5, 6, 7, 0xffff]);
  });
  it('are the same for an IPv4 address as for the IPv6 address that maps it', () => {
    assert.deepEqual(wordsOf('10.1.2.255'), [0, 0, 0, 0, 0, 0xffff, 0x0a01, 0x02ff]);
    assert.deepEqual(wordsOf('::ffff:10.1.2.255'), wordsOf('10.1.2.255'));
    assert.deepEqual([isIpv4(wordsOf('10.1.2.255')), isIpv4(wordsOf('::10.1.2.255'))], [true, false]);
  });
});

describe('the literal address in a URL', () => {
  for (const [host, address] of [
    ['10.0.0.5', '10.0.0.5'],
    ['0xa000005:8080', '10.0.0.5'],
    ['[FE80::1]:443', 'fe80::1'],
    ['hooks.example', null],
    ['10.0.0.5.example', null],
    ['localhost', null],
  ] as const) {
    it(`is ${address ?? 'none'} for ${host}`, () => {
      assert.equal(literalAddressOf(new URL(`https://${host}/x`)), address);
    });
  }
});

/** An address that is often close to another one, with a length of prefix that goes with it. */
const ipv4 = fc.tuple(fc.constantFrom(0, 10, 127, 255), fc.nat(255), fc.constantFrom(0, 128), fc.nat(3));
const ipv6 = fc.array(fc.constantFrom(0, 1, 0x2001, 0x8000, 0xffff), { minLength: 8, maxLength: 8 });
const address = fc.oneof(
  ipv4.map((bytes) => ({ text: bytes.join('.'), family: 'ipv4' as const, bitsMax: 32 })),
  ipv6.map((words) => ({
    text: words.map((word) => word.toString(16)).join(':'),
    family: 'ipv6' as const,
    bitsMax: 128,
  })),
);
const range = address.chain(({ text, family, bitsMax }) =>
  fc.nat(bitsMax).map((bits) => ({ network: text, family, bits })),
);

describe('a range of addresses', () => {
  it('holds what Node.js says that it holds', () => {
    fc.assert(
      fc.property(range, address, ({ network, family, bits }, one) => {
        const list = new BlockList();
        list.addSubnet(network, bits, family);
        const isIn = rangesOf([`${network}/${bits}`]);
        assert.equal(isIn(wordsOf(one.text)), list.check(one.text, one.family));
        assert.equal(isIn(wordsOf(network)), true);
      }),
      { numRuns: 2_000 },
    );
  });
  it('is a single address without a length', () => {
    const isIn = rangesOf(['10.0.0.1', 'fd00::1']);
    assert.deepEqual(
      ['10.0.0.1', '10.0.0.2', 'fd00::1', 'fd00::2'].map((one) => isIn(wordsOf(one))),
      [true, false, true, false],
    );
  });
  it('is none where there are none', () => {
    assert.equal(rangesOf([])(wordsOf('10.0.0.1')), false);
  });
});
