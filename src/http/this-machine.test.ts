import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { makeForwarding } from './client-address.ts';
import { isLoopback as isLoopbackBy } from './this-machine.ts';

/** A request as it looks to who checks it. */
function request(headers: IncomingHttpHeaders = {}, remoteAddress = '127.0.0.1'): IncomingMessage {
  return { headers: { host: '127.0.0.1:8080', ...headers }, socket: { remoteAddress } } as unknown as IncomingMessage;
}

function isLoopback(asked: IncomingMessage, trustedProxies: readonly string[] = []): boolean {
  return isLoopbackBy(asked, makeForwarding(trustedProxies));
}

describe('a request from this machine', () => {
  it('has a loopback peer and a Host header that names it', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])
      assert.ok(isLoopback(request({}, address)), address);
    for (const host of ['localhost', 'LocalHost:80', '127.0.0.1', '[::1]:8080', 'localhost.'])
      assert.ok(isLoopback(request({ host })), host);
    assert.ok(isLoopback(request({ origin: 'http://localhost:3000' })));
  });

  it('is none that comes from elsewhere', () => {
    for (const address of ['10.0.0.1', '128.0.0.1', '::2', '::ffff:10.0.0.1', '1127.0.0.1'])
      assert.ok(!isLoopback(request({}, address)), address);
    assert.ok(!isLoopback({ headers: { host: 'localhost' }, socket: {} } as unknown as IncomingMessage));
  });

  it('is none that a proxy passed on', () => {
    const names = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];
    for (const name of names) assert.ok(!isLoopback(request({ [name]: '127.0.0.1' })), name);
  });

  it('is none from a trusted proxy here, not even without any header of one', () => {
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1'])
      assert.ok(!isLoopback(request({}, address), ['127.0.0.0/8']));
    assert.ok(isLoopback(request({}, '::1'), ['127.0.0.0/8']));
  });

  it('is none under another name, or by a page of somebody else', () => {
    for (const host of ['rebound.example', '127.0.0.1.example.com', 'localhost@evil.example', '', undefined])
      assert.ok(!isLoopback(request({ host })), host ?? '(none)');
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example', ''])
      assert.ok(!isLoopback(request({ origin })), origin);
  });

  it('is none that a page of another site had the browser make, with or without an Origin', () => {
    // What Chromium sends with an image, a link, a form and a fetch without CORS, from https://evil.example.
    const sent: readonly IncomingHttpHeaders[] = [
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-user': '?1' },
      { 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain', origin: 'null' },
      // A browser of before 2020, and one of before 2023 on a request without an Origin.
      { referer: 'https://evil.example/page', 'content-type': 'application/x-www-form-urlencoded' },
      { referer: 'http://127.0.0.1.evil.example/' },
      { 'sec-fetch-site': 'cross-site, same-origin' },
    ];
    for (const headers of sent) assert.ok(!isLoopback(request(headers)), JSON.stringify(headers));
  });

  it('is one that a page of this machine makes, or a program, or who types the address', () => {
    const sent: readonly IncomingHttpHeaders[] = [
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
      { 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:8080' },
      // From http://localhost:3000 to 127.0.0.1, which a browser takes for two sites.
      { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:3000' },
      { referer: 'http://127.0.0.1:8080/' },
      { 'content-type': 'application/x-www-form-urlencoded' },
    ];
    for (const headers of sent) assert.ok(isLoopback(request(headers)), JSON.stringify(headers));
  });
});
