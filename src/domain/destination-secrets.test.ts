import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_DELIVERY_POLICY, type Destination, type Endpoint } from './destination.ts';
import { maskedDestination, withEachSecret } from './destination-secrets.ts';
import { onlySecret } from './secret-rotation.ts';

const endpoints: readonly Endpoint[] = [
  { url: 'https://a.example/x', headers: { 'X-Team': '<header>', ['__proto__']: '<odd>' }, auth: null },
  { url: 'https://b.example/', headers: {}, auth: { kind: 'basic', username: '<user>', password: '<password>' } },
  { url: 'https://c.example/', headers: {}, auth: { kind: 'bearer', token: '<token>' } },
];
const crm: Destination = {
  ...{ id: 'crm', name: 'CRM', sources: ['web'], type: 'webhooks', enabled: true, endpoints },
  ...{ sharedSecret: '<shared>', nextSecret: '<next>', rotationEndsAtMs: 7 },
  tls: { ca: 'an authority', client: { cert: 'a certificate', key: '<key>' } },
  ...{ delivery: DEFAULT_DELIVERY_POLICY, basic: null, origin: 'file' },
};
const PATHS = [
  ...['sharedSecret', 'nextSecret', 'tls/client/key', 'endpoints/0/headers/X-Team', 'endpoints/0/headers/__proto__'],
  ...['endpoints/1/auth/username', 'endpoints/1/auth/password', 'endpoints/2/auth/token'],
];

function pathsIn(destination: object): readonly string[] {
  const paths: string[] = [];
  withEachSecret(destination, (text, path) => {
    paths.push(path);
    return text;
  });
  return paths;
}

describe('the secrets of a destination', () => {
  it('are each known by where they stand, and the rest stays as it was', () => {
    assert.deepEqual(pathsIn(crm).toSorted(), PATHS.toSorted());
    const same = withEachSecret(crm, (text) => text);
    assert.equal(JSON.stringify(same), JSON.stringify(crm));
    assert.deepEqual(same, crm);
  });

  it('are masked, every one, and named by their place', () => {
    const masked = JSON.stringify(maskedDestination(crm));
    assert.doesNotMatch(masked, /[<>]/);
    assert.equal(masked, JSON.stringify(crm).replaceAll(/<\w+>/g, '***'));
  });

  it('are also those of an endpoint that stands by itself', () => {
    const withBasic = { ...crm, basic: crm.endpoints[1] ?? null };
    assert.deepEqual(
      pathsIn(withBasic).filter((path) => path.startsWith('basic')),
      ['basic/auth/username', 'basic/auth/password'],
    );
  });

  it('may be none', () => {
    assert.deepEqual(pathsIn({ ...crm, ...onlySecret(null), tls: null, basic: null, endpoints: [] }), []);
    assert.deepEqual(pathsIn({ ...crm, ...onlySecret(null), tls: { ca: 'a', client: null }, endpoints: [] }), []);
  });
});
