import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathIn } from './url-path.ts';

describe('the path in a URL', () => {
  it('is what the router reads: decoded, without query, in any case, and of a URL with its host', () => {
    const urls = ['/api/v1/x', '/API/%761/x?a=/b', '/%61pi/v1/x#y', 'http://host:1/api/v1/x', '/api/v1/x?y=%zz'];
    for (const url of urls) assert.equal(pathIn(url), '/api/v1/x', url);
    assert.equal(pathIn('/api%2fv1/x'), '/api%2fv1/x');
    assert.equal(pathIn('/%2561pi'), '/%61pi');
  });

  it('is decoded as far as it can be', () => {
    assert.equal(pathIn('/%61pi/v1/%zz/%C3%A4'), '/api/v1/%zz/ä');
    assert.equal(pathIn('/api/v1/%ff%61'), '/api/v1/%ff%61');
    for (const url of ['*', '', '%', 'http://']) assert.equal(typeof pathIn(url), 'string');
  });
});
