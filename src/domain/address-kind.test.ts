import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kindOf, type AddressKind } from './address-kind.ts';
import { literalAddressOf, wordsOf } from './ip-address.ts';

const SPECIAL: Readonly<Record<AddressKind, readonly string[]>> = {
  unspecified: ['0.0.0.0', '0.1.2.3', '::', '::ffff:0.0.0.0'],
  loopback: [
    ...['127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1'],
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '::7f00:1'],
    ...['64:ff9b::7f00:1', '64:ff9b::127.0.0.1', '2002:7f00:1::', '2002:7f00:0001:abcd::1'],
    // Teredo: a public server with the client 127.0.0.1, and the server 127.0.0.1.
    ...['2001:0:808:808:0:0:80ff:fffe', '2001:0:7f00:1:0:0:f7f7:f7f7'],
  ],
  private: [
    ...['10.0.0.0', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
    ...['fc00::1', 'fd00:ec2::254', 'fdff:ffff::', 'fec0::1', 'feff::1'],
    ...['::ffff:10.0.0.1', '64:ff9b::c0a8:1', '2002:c0a8:1::1', '64:ff9b:1::7f00:1', '64:ff9b:1:ffff::808:808'],
  ],
  'link-local': ['169.254.169.254', '169.254.0.0', 'fe80::1', 'febf::1', '::ffff:a9fe:a9fe', '2002:a9fe:a9fe::'],
  shared: ['100.64.0.1', '100.127.255.255', '::ffff:100.64.0.1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ffff::'],
  broadcast: ['255.255.255.255', '::ffff:ffff:ffff'],
  documentation: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  reserved: [
    ...['192.0.0.1', '192.0.0.170', '192.88.99.1', '240.0.0.1', '254.255.255.255'],
    ...[
      '2001:1::1',
      '2001:1ff::1',
      '100::1',
      '5f00::1',
      '4000::1',
      '8000::1',
      'e000::1',
      '64:ff9b:2::1',
      '::ffff:0:127.0.0.1',
    ],
  ],
};

const PUBLIC = [
  ...[
    '1.0.0.0',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
  ],
  ...[
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.1',
    '192.167.255.255',
    '198.17.255.255',
    '198.20.0.0',
  ],
  ...['223.255.255.255', '2000::1', '2001:200::1', '2606:4700:4700::1111', '2a00:1450::1', '3ffe::1'],
  ...['::ffff:8.8.8.8', '64:ff9b::808:808', '2002:808:808::1', '2001:0:808:808:0:0:f7f7:f7f7'],
];

/** Spellings that WHATWG URL turns into a forbidden address: what the client dials is judged, so the spelling is lost. */
const SPELLINGS: readonly (readonly [string, AddressKind])[] = [
  ['0', 'unspecified'],
  ['127.1', 'loopback'],
  ['2130706433', 'loopback'],
  ['0x7f000001', 'loopback'],
  ['0X7F.1', 'loopback'],
  ['0177.0.0.1', 'loopback'],
  ['127.0.0.1.', 'loopback'],
  ['１２７.０.０.１', 'loopback'],
  ['127。0。0。1', 'loopback'],
  ['[::FFFF:127.0.0.1]', 'loopback'],
  ['[0:0:0:0:0:0:0:1]', 'loopback'],
  ['0xA9FEA9FE', 'link-local'],
  ['10.11', 'private'],
  ['00000177.1', 'loopback'],
  ['0x7f.0x0.0x0.0x1', 'loopback'],
  ['017700000001', 'loopback'],
  ['127.0.0.0x1', 'loopback'],
  ['%31%32%37.0.0.1', 'loopback'],
  ['①②⑦.0.0.1', 'loopback'],
  ['0.0', 'unspecified'],
  ['[::]', 'unspecified'],
  ['[::1]', 'loopback'],
  ['[::ffff:7F00:1]', 'loopback'],
  ['[::127.0.0.1]', 'loopback'],
  ['[64:FF9B::7F00:1]', 'loopback'],
  ['[FE80::1]', 'link-local'],
  ['3232235777', 'private'],
];

describe('the kind of an address', () => {
  for (const [kind, addresses] of Object.entries(SPECIAL)) {
    for (const address of addresses) {
      it(`is ${kind} for ${address}`, () => {
        assert.equal(kindOf(wordsOf(address)), kind);
      });
    }
  }
  for (const address of PUBLIC) {
    it(`is none for ${address}, which is public`, () => {
      assert.equal(kindOf(wordsOf(address)), null);
    });
  }
  for (const [spelling, kind] of SPELLINGS) {
    it(`is ${kind} for the host that a URL makes of ${spelling}`, () => {
      const address = literalAddressOf(new URL(`http://${spelling}/`));
      assert.equal(address === null ? address : kindOf(wordsOf(address)), kind);
    });
  }
});
