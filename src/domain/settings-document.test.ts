import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settingsDocument } from './settings-document.ts';

type Json = Readonly<Record<string, unknown>>;

function documentOf(scheme: 'http' | 'https', host: string): Json {
  return JSON.parse(JSON.stringify(settingsDocument('wk_web', { scheme, host }))) as Json;
}

describe('the settings document', () => {
  it('has one integration, with its key and an API host without a scheme', () => {
    const { integrations } = documentOf('https', 'events.example.com');
    assert.deepEqual(Object.keys(integrations as Json), ['Segment.io']);
    const segment = (integrations as Json)['Segment.io'] as Json;
    assert.equal(segment.apiKey, 'wk_web');
    assert.equal(segment.apiHost, 'events.example.com/v1');
  });

  it('names the protocol only where it is not HTTPS', () => {
    const protocolOf = (scheme: 'http' | 'https'): unknown =>
      ((documentOf(scheme, 'localhost:8080').integrations as Json)['Segment.io'] as Json).protocol;
    assert.equal(protocolOf('http'), 'http');
    assert.equal(protocolOf('https'), undefined);
  });

  it('has every object that a strict decoder reads, and asks for no consent', () => {
    const document = documentOf('https', 'events.example.com');
    for (const name of [
      'plan',
      'edgeFunction',
      'middlewareSettings',
      'enabledMiddleware',
      'metrics',
      'autoInstrumentationSettings',
    ]) {
      assert.equal(Object.prototype.toString.call(document[name]), '[object Object]', name);
    }
    assert.equal('consentSettings' in document, false);
  });

  it('has libraries measure nothing of themselves, and no host of Segment', () => {
    const document = documentOf('https', 'events.example.com');
    assert.deepEqual(document.metrics, { sampleRate: 0, host: 'events.example.com/v1' });
    assert.doesNotMatch(JSON.stringify(document), /segment\.(com|build)|segmentapis|api\.segment/i);
  });
});
