import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { welcome } from './welcome.ts';

describe('the welcome of sluice dev', () => {
  it('begins with where the dashboard is', () => {
    assert.match(welcome('http://127.0.0.1:8080'), /^\s+dashboard {3}http:\/\/127\.0\.0\.1:8080\/dashboard\n/);
  });

  it('has a command that sends an event, and one that shows what the webhook got', () => {
    const text = welcome('http://127.0.0.1:8080');
    const body = `-H 'Content-Type: application/json' -d '{"userId":"u1","event":"Hello"}'`;
    assert.ok(text.includes(`curl -u dev: http://127.0.0.1:8080/v1/track ${body}\n`));
    assert.ok(text.includes('curl http://127.0.0.1:8080/api/v1/bins/dev/requests\n'));
  });

  it('names an address to send to where Sluice listens on all of them', () => {
    assert.match(welcome('http://0.0.0.0:80'), / http:\/\/127\.0\.0\.1:80\/v1\/track /);
    assert.match(welcome('http://[::]:80'), / http:\/\/\[::1\]:80\/v1\/track /);
  });
});
