import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { openApiDocument } from '../contract/openapi.ts';
import { ERRORS, type ErrorCode, SluiceError } from '../domain/errors.ts';
import { GUARDED_HEADERS } from './guarded-headers.ts';
import { errorPage, referencePage } from './reference-pages.ts';

/**
 * What the management API is, for programs and for people: the document, a page of it, and a page of each error. Open to
 * anybody: it says what is in every copy of Sluice, and nothing of this one.
 */
export function registerReference(app: FastifyInstance): void {
  // Made when somebody first asks: it takes a start a third of a second, and few ask.
  const document = once(() => made('application/json', JSON.stringify(openApiDocument())));
  const reference = once(() => made('text/html; charset=utf-8', referencePage()));
  app.get('/openapi.json', (request, reply) => send(reply, document(), request.headers['if-none-match']));
  app.get('/api/docs', (request, reply) => send(reply, reference(), request.headers['if-none-match']));
  app.get('/api/docs/errors/:code', (request, reply) => {
    const { code } = request.params as { readonly code: string };
    if (!isCode(code)) throw new SluiceError('not_found', { method: 'GET', path: request.url.slice(0, 200) });
    return send(reply, made('text/html; charset=utf-8', errorPage(code)), request.headers['if-none-match']);
  });
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

function once<Value extends object>(make: () => Value): () => Value {
  let value: Value | null = null;
  return () => (value ??= make());
}

interface Made {
  readonly type: string;
  readonly text: string;
  readonly tag: string;
}

function made(type: string, text: string): Made {
  return { type, text, tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}

/** Pages have no script, and their one style sheet is written in them, under its hash. */
const HEADERS = {
  'Cache-Control': 'no-cache',
  ...GUARDED_HEADERS,
};

function send(reply: FastifyReply, { type, text, tag }: Made, known: string | undefined): FastifyReply {
  reply.headers({ ...HEADERS, ETag: tag, 'Content-Security-Policy': policyOf(text) });
  if (known === tag) return reply.code(304).send();
  return reply.type(type).send(text);
}

function policyOf(page: string): string {
  const [, style] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
  const allowed = style === undefined ? "'none'" : `'sha256-${createHash('sha256').update(style).digest('base64')}'`;
  return `default-src 'none'; style-src ${allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
