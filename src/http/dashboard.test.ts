import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fastify, type FastifyInstance } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { registerDashboard } from './dashboard.ts';

const PAGE = '<html><head><base href="/" /><meta property="csp-nonce" nonce="NONCE"></head></html>';

describe('the dashboard', () => {
  let folder: string;
  let app: FastifyInstance;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-dashboard-'));
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), PAGE);
    writeFileSync(join(folder, 'assets', 'main-1.js'), 'run()');
    writeFileSync(join(folder, 'assets', 'main-1.js.gz'), gzipSync('run()'));
    writeFileSync(join(folder, 'licenses.md'), '# Licenses');
    writeFileSync(join(folder, 'secret.pem'), 'not built');
    app = appWith(folder);
  });
  after(async () => {
    await app.close();
    rmSync(folder, { recursive: true });
  });

  for (const [path, base] of [
    ['/dashboard', './dashboard/'],
    ['/dashboard/', '../dashboard/'],
    ['/dashboard/sources/web?user=a/b', '../../dashboard/'],
    ['/dashboard/destinations/crm/settings', '../../../dashboard/'],
  ] as const) {
    it(`has its page at ${path}, which leads back to where it is from there`, async () => {
      const { statusCode, body, headers } = await app.inject(path);
      assert.equal(statusCode, 200);
      assert.match(String(headers['content-type']), /^text\/html/);
      assert.match(body, new RegExp(`<base href="${base.replaceAll('.', '\\.')}" />`));
      assert.equal(new URL(base, `http://proxied.example/sluice${path}`).pathname, '/sluice/dashboard/');
    });
  }

  it('is where the root of the host leads, also below a path of a proxy', async () => {
    const { statusCode, headers } = await app.inject('/');
    assert.equal(statusCode, 302);
    assert.equal(new URL(String(headers.location), 'http://proxied.example/sluice/').pathname, '/sluice/dashboard/');
  });

  it('allows no script but its own files, and no style sheet but those and what carries a nonce of this answer', async () => {
    const [one, other] = [await app.inject('/dashboard'), await app.inject('/dashboard')];
    const policy = String(one.headers['content-security-policy']);
    assert.doesNotMatch(policy, /unsafe/);
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    const nonce = /'nonce-([\w-]{22})'/.exec(policy)?.[1] ?? '';
    assert.ok(one.body.includes(`nonce="${nonce}"`));
    assert.ok(!other.body.includes(nonce));
    assert.equal(one.headers['cache-control'], 'no-store');
  });

  it('answers a file compressed where that was built and is understood, and to be kept', async () => {
    const url = '/dashboard/assets/main-1.js';
    const zipped = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
    assert.equal(zipped.headers['content-encoding'], 'gzip');
    assert.deepEqual(zipped.rawPayload, gzipSync('run()'));
    const plain = await app.inject(url);
    assert.equal(plain.body, 'run()');
    assert.equal(plain.headers['content-encoding'], undefined);
    for (const { headers } of [zipped, plain]) {
      assert.match(String(headers['cache-control']), /immutable/);
      assert.equal(headers.vary, 'Accept-Encoding');
      assert.equal(headers['x-content-type-options'], 'nosniff');
    }
  });

  it('has a file asked for again where nothing in its name tells one build from another', async () => {
    const { statusCode, headers } = await app.inject('/dashboard/licenses.md');
    assert.equal(statusCode, 200);
    assert.equal(headers['cache-control'], 'no-store');
  });

  it('says 404 for a file of another build, and does not take the page for a script', async () => {
    assert.equal((await app.inject('/dashboard/assets/main-0.js')).statusCode, 404);
  });

  for (const path of ['secret.pem', '../secret.pem', '..%2f..%2fetc%2fpasswd', 'assets/..%2fsecret.pem', '%2e%2e/x']) {
    it(`does not lead out of what was built by ${path}`, async () => {
      const { body } = await app.inject(`/dashboard/${path}`);
      assert.ok(!body.includes('not built') && !body.includes('root:'));
    });
  }

  it('says how to build it where nothing is built', async () => {
    const unbuilt = appWith(join(folder, 'nowhere'));
    const { statusCode, body } = await unbuilt.inject('/dashboard');
    assert.deepEqual([statusCode, body], [503, 'dashboard_not_built']);
    await unbuilt.close();
  });
});

function appWith(folder: string): FastifyInstance {
  const app = fastify({ routerOptions: { ignoreTrailingSlash: true } });
  app.setErrorHandler((error, _request, reply) => {
    const code = error instanceof SluiceError ? error.code : String(error);
    return reply.code(code === 'dashboard_not_built' ? 503 : 404).send(code);
  });
  registerDashboard(app, folder);
  return app;
}
