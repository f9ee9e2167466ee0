import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { openBench } from '../../test/support/http-bench.ts';
import { OPERATIONS } from '../contract/operations.ts';
import { ERRORS } from '../domain/errors.ts';

describe('the reference of the management API', () => {
  it('is a document for programs, which is asked for again only when it has changed', async (context) => {
    const { send } = await openBench(context);
    const first = await send({ method: 'GET', path: '/openapi.json', headers: {}, body: '' });
    assert.equal(first.status, 200);
    assert.equal((JSON.parse(first.body) as { openapi: string }).openapi, '3.1.0');
    const headers = { 'if-none-match': first.headers.etag ?? '' };
    assert.equal((await send({ method: 'GET', path: '/openapi.json', headers, body: '' })).status, 304);
  });

  it('is a page that has every operation and runs no script', async (context) => {
    const { send } = await openBench(context);
    const { status, headers, body } = await send({ method: 'GET', path: '/api/docs', headers: {}, body: '' });
    assert.equal(status, 200);
    for (const id of Object.keys(OPERATIONS)) assert.ok(body.includes(`<h3 id="${id}">`), id);
    assert.doesNotMatch(body, /<script|<link|<img|\son\w+=|style="/i);
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(body) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    assert.ok(String(headers['content-security-policy']).includes(`style-src 'sha256-${hash}'`));
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
  });

  it('has a page for every error, and for nothing else', async (context) => {
    const { send } = await openBench(context);
    for (const code of Object.keys(ERRORS)) {
      const { status, body } = await send({ method: 'GET', path: `/api/docs/errors/${code}`, headers: {}, body: '' });
      assert.equal(status, 200, code);
      assert.ok(body.includes(`<h1><code>${code}</code></h1>`), code);
    }
    for (const none of ['nothing', 'constructor', '%3Cscript%3E']) {
      const { status } = await send({ method: 'GET', path: `/api/docs/errors/${none}`, headers: {}, body: '' });
      assert.equal(status, 404, none);
    }
  });
});
