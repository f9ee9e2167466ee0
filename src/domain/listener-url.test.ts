import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointUrlProblem } from './endpoint-url.ts';
import { listenerIn, listenerUrlOf, openPartOf } from './listener-url.ts';

describe("a listener's URL", () => {
  it('names the listener, and is one that an endpoint may have', () => {
    assert.equal(listenerIn(listenerUrlOf('ada.laptop-2')), 'ada.laptop-2');
    assert.equal(endpointUrlProblem('listener:ada'), null);
  });

  it('is nothing that leads anywhere else', () => {
    for (const url of ['listener:', 'listener://ada', 'listener:ada/x', 'listener:-a', `listener:${'x'.repeat(65)}`]) {
      assert.equal(listenerIn(url), null, url);
      assert.match(endpointUrlProblem(url) ?? '', /must name a listener/);
    }
    assert.equal(listenerIn('https://listener:ada@example.com'), null);
  });

  it('may be told whole, where of others only the origin may', () => {
    assert.equal(openPartOf('listener:ada'), 'listener:ada');
    assert.equal(openPartOf('https://hooks.example/secret'), 'https://hooks.example');
    assert.equal(openPartOf('nothing'), null);
  });
});
