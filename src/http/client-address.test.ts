import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { forwardedHopsMax } from '../domain/limits.ts';
import { makeForwarding } from './client-address.ts';

const { clientAddressOf, isProxied, originOf } = makeForwarding(['10.0.0.0/8', '2001:db8:1::/48', '127.0.0.1']);

/** A request as it looks to who reads it. */
function request(headers: IncomingHttpHeaders, remoteAddress = '10.0.0.1', encrypted?: true): IncomingMessage {
  const socket = { remoteAddress, localAddress: '::ffff:192.0.2.80', localPort: 8080, ...(encrypted && { encrypted }) };
  return { headers, socket } as unknown as IncomingMessage;
}

const clientOf = (forwardedFor: string, peer?: string): string | null =>
  clientAddressOf(request({ 'x-forwarded-for': forwardedFor }, peer));

describe("a client's address", () => {
  const table: readonly (readonly [what: string, forwardedFor: string, address: string])[] = [
    ['what a trusted proxy says', '203.0.113.9', '203.0.113.9'],
    ['the last, whatever stands before it', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['the last that is no proxy', '1.1.1.1, 203.0.113.9, 10.2.3.4,10.9.9.9', '203.0.113.9'],
    ['the first where all are proxies', '10.1.1.1, 10.2.2.2', '10.1.1.1'],
    ['without its port', '203.0.113.9:41234', '203.0.113.9'],
    ['IPv6', '2001:DB8:2:0:0::9', '2001:db8:2::9'],
    ['IPv6 in brackets, with a port', '[2001:db8:2::9]:443', '2001:db8:2::9'],
    ['IPv4 where it is mapped', '::FFFF:203.0.113.9', '203.0.113.9'],
    ['IPv4 where it is mapped in hexadecimal', '0:0:0:0:0:ffff:cb00:7109', '203.0.113.9'],
    ['what is behind an IPv6 proxy', '203.0.113.9, 2001:db8:1::5', '203.0.113.9'],
    ['what is behind a mapped proxy', '203.0.113.9, ::ffff:10.0.0.7', '203.0.113.9'],
    ['the peer where nothing was said', '', '10.0.0.1'],
    ['the peer where it says unknown', '203.0.113.9, unknown', '10.0.0.1'],
    ['the last that is sure before what is no address', 'evil, 10.0.0.7', '10.0.0.7'],
    ['none that is malformed', '203.0.113.999', '10.0.0.1'],
    ['none with a zone', 'fe80::1%eth0', '10.0.0.1'],
    ['none that is empty', '203.0.113.9,', '10.0.0.1'],
    ['none that is too long', `${' '.repeat(200)}203.0.113.9`, '10.0.0.1'],
  ];
  for (const [what, forwardedFor, address] of table) {
    it(`is ${what}`, () => {
      assert.equal(clientOf(forwardedFor), address);
    });
  }

  it('is the peer, whatever is said, where that is no trusted proxy', () => {
    for (const peer of ['192.0.2.1', '11.0.0.1', '2001:db8:2::1', '127.0.0.2'])
      assert.equal(clientOf('203.0.113.9', peer), peer);
    const everyone = makeForwarding([]);
    assert.equal(everyone.clientAddressOf(request({ 'x-forwarded-for': '203.0.113.9' })), '10.0.0.1');
    assert.equal(clientOf('203.0.113.9', '::ffff:192.0.2.1'), '192.0.2.1');
    assert.equal(clientOf('203.0.113.9', 'fe80::1%eth0'), 'fe80::1');
  });

  it('is null on a connection that is gone', () => {
    assert.equal(clientAddressOf({ headers: {}, socket: {} } as unknown as IncomingMessage), null);
  });

  it('is looked for in so many entries and no more', () => {
    const proxies = (n: number): string => Array.from({ length: n }, (_each, index) => `10.1.1.${index}`).join(', ');
    assert.equal(clientOf(`203.0.113.9, ${proxies(forwardedHopsMax - 1)}`), '203.0.113.9');
    assert.equal(clientOf(`203.0.113.9, ${proxies(forwardedHopsMax)}`), '10.1.1.0');
    assert.equal(clientOf(','.repeat(16_000)), '10.0.0.1');
  });

  it('is not read from Forwarded, X-Real-IP and the like', () => {
    const headers = { forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9', 'true-client-ip': '203.0.113.9' };
    assert.equal(clientAddressOf(request(headers)), '10.0.0.1');
  });
});

describe('a proxied request', () => {
  it('has a trusted proxy as its peer', () => {
    const peers = ['10.0.0.1', '::ffff:10.255.0.1', '127.0.0.1', '2001:db8:1:2::3', '192.0.2.1', '::1'];
    assert.deepEqual(
      peers.map((peer) => isProxied(request({}, peer))),
      [true, true, true, true, false, false],
    );
  });
});

describe("a request's origin", () => {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'Events.Example' };

  it('is as it came without a proxy', () => {
    const headers = { host: 'Sluice.example:8080', ...forwarded };
    assert.deepEqual(originOf(request(headers, '192.0.2.1')), { scheme: 'http', host: 'sluice.example:8080' });
    assert.deepEqual(originOf(request(headers, '192.0.2.1', true)), { scheme: 'https', host: 'sluice.example:8080' });
  });

  it('is what a trusted proxy says, each part for itself', () => {
    const host = 'sluice.internal';
    assert.deepEqual(originOf(request({ host, ...forwarded })), { scheme: 'https', host: 'events.example' });
    assert.deepEqual(originOf(request({ host, 'x-forwarded-proto': 'HTTPS' })), { scheme: 'https', host });
    assert.deepEqual(originOf(request({ host, 'x-forwarded-proto': 'http' }, '10.0.0.1', true)), {
      scheme: 'http',
      host,
    });
    assert.deepEqual(originOf(request({ host, 'x-forwarded-host': 'a.example, b.example:8443' })), {
      scheme: 'http',
      host: 'b.example:8443',
    });
  });

  it('is never what cannot stand in a URL', () => {
    for (const wrong of ['a b', 'a/b', 'u@a', '"><script>', 'a:b', '-', '', `${'a'.repeat(300)}.example`, 'a,']) {
      const headers = { host: 'ok.example', 'x-forwarded-host': wrong, 'x-forwarded-proto': 'ftp' };
      assert.deepEqual(originOf(request(headers)), { scheme: 'http', host: 'ok.example' }, wrong);
    }
    assert.equal(originOf(request({ host: '[2001:DB8::1]:80' })).host, '[2001:db8::1]:80');
  });

  it('is the address that it came to where there is no usable Host', () => {
    assert.equal(originOf(request({ host: '<x>' })).host, '192.0.2.80:8080');
    assert.equal(originOf(request({})).host, '192.0.2.80:8080');
  });
});
