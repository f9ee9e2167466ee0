import { z } from 'zod';
import { commonErrorsOf } from '../contract/error-answer.ts';
import { errorPagePath } from '../contract/error-page-path.ts';
import type { Operation } from '../contract/operation.ts';
import { OPERATIONS } from '../contract/operations.ts';
import { ERRORS, type ErrorCode } from '../domain/errors.ts';
import { STATUS_CODES } from './node-http.ts';
import { STYLE } from './reference-style.ts';

/** The page of all operations, by what they are about. */
export function referencePage(): string {
  const all = Object.entries<Operation>(OPERATIONS);
  const byTag = Map.groupBy(all, ([, { tag }]) => tag);
  const contents = [...byTag].map(
    ([tag, of]) =>
      `<li><a href="#${anchorOf(tag)}">${escaped(tag)}</a><ul>${of
        .map(([id, { summary }]) => `<li><a href="#${id}">${escaped(summary)}</a></li>`)
        .join('')}</ul></li>`,
  );
  const sections = [...byTag].map(
    ([tag, of]) => `<section><h2 id="${anchorOf(tag)}">${escaped(tag)}</h2>${of.map(operationPart).join('')}</section>`,
  );
  return page(
    'Sluice management API',
    `<nav><ul>${contents.join('')}</ul></nav><main><h1>Management API</h1>
<p>JSON below <code>/api/v1</code>, with <code>Authorization: Bearer &lt;token&gt;</code>. For programs: <a href="/openapi.json">the OpenAPI document</a>. An error is <code>{ "error": { "code", "message", "details", "docs" } }</code>; programs may rely on the code.</p>
${sections.join('')}<h2 id="errors">Errors</h2><ul>${Object.keys(ERRORS)
      .toSorted()
      .map((code) => `<li>${errorLink(code as ErrorCode)}</li>`)
      .join('')}</ul></main>`,
  );
}

/** The page of one error: what it says, and what may answer it. */
export function errorPage(code: ErrorCode): string {
  const { status, message } = ERRORS[code];
  const answering = Object.entries<Operation>(OPERATIONS).filter(([, operation]) =>
    [...operation.errors, ...commonErrorsOf(operation)].includes(code),
  );
  const operations = answering.map(
    ([id, { method, path }]) => `<li><a href="/api/docs#${id}"><code>${method} ${escaped(path)}</code></a></li>`,
  );
  const where =
    operations.length === 0
      ? '<p>No operation of the management API answers it: it comes from the tracking API, a command, or a start.</p>'
      : `<p>Operations that may answer it:</p><ul>${operations.join('')}</ul>`;
  return page(
    code,
    `<main><p><a href="/api/docs">Management API</a></p><h1><code>${code}</code></h1>
<p>Status ${status} ${escaped(STATUS_CODES[status] ?? '')}. Words in braces are filled in.</p>
<blockquote>${prose(message)}</blockquote>${where}<p>What to do about it in more words: <code>docs/errors.md</code>, which came with this Sluice.</p></main>`,
  );
}

function operationPart([id, operation]: readonly [string, Operation]): string {
  const { method, path, summary, description, role, query, status, errors } = operation;
  const parameters = query === undefined ? '' : parameterTable(query);
  const own = errors.length === 0 ? '' : `<p>Errors of its own: ${errors.map(errorLink).join(', ')}.</p>`;
  return `<article><h3 id="${id}">${escaped(summary)}</h3>
<p class="call"><b class="${method.toLowerCase()}">${method}</b> <code>/api/v1${escaped(path)}</code> <span>${role}</span></p>
${description === undefined ? '' : `<p>${prose(description)}</p>`}${parameters}${bodyPart(operation)}
<p>Answers ${status}${operation.answer === null ? '' : ':'}</p>${schemaPart(operation.answer, 'output')}${own}
<pre><code>${escaped(curlOf(operation))}</code></pre></article>`;
}

function bodyPart({ body, form, isPatch }: Operation): string {
  if (body === undefined) return '';
  const of = isPatch === true ? 'Body, with what changes' : 'Body';
  return `<p>${of}:</p>${schemaPart(form ?? body, 'input')}`;
}

interface Shape {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly default?: unknown;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Shape>>;
}

function parameterTable(query: z.ZodObject): string {
  const { properties = {} } = shapeOf(query, 'input');
  const rows = Object.entries(properties).map(
    ([name, { description = '' }]) => `<tr><td><code>${escaped(name)}</code></td><td>${prose(description)}</td></tr>`,
  );
  return `<p>Parameters of the query:</p><table>${rows.join('')}</table>`;
}

function schemaPart(schema: z.ZodType | null, io: 'input' | 'output'): string {
  if (schema === null) return '';
  const shape = shapeOf(schema, io);
  return fieldList(shape, shape.$defs ?? {}, 0);
}

/** Deep enough for every body; what contained itself would have to end somewhere. */
const LEVELS_MAX = 6;

function fieldList(shape: Shape, defs: Readonly<Record<string, Shape>>, level: number): string {
  const whole = resolved(shape, defs);
  const object = objectIn(whole, defs);
  if (object === null || level > LEVELS_MAX) return level === 0 ? `<p>${escaped(kindOf(whole, defs))}</p>` : '';
  const fields = Object.entries(object.properties ?? {}).map(([name, field]) => {
    const { description = '' } = { ...resolved(field, defs), ...field };
    const filled =
      field.default === undefined ? '' : ` <i>default <code>${escaped(JSON.stringify(field.default))}</code></i>`;
    return `<li><code>${escaped(name)}</code> <i>${escaped(kindOf(field, defs))}</i>${filled} ${prose(description)}${fieldList(field, defs, level + 1)}</li>`;
  });
  return fields.length === 0 ? '' : `<ul class="fields">${fields.join('')}</ul>`;
}

function resolved(shape: Shape, defs: Readonly<Record<string, Shape>>): Shape {
  return shape.$ref === undefined ? shape : (defs[shape.$ref.replace('#/$defs/', '')] ?? {});
}

/** What has fields in it: itself, what a list has, or one of its choices. */
function objectIn(shape: Shape, defs: Readonly<Record<string, Shape>>): Shape | null {
  if (shape.properties !== undefined) return shape;
  const inner = shape.items === undefined ? (shape.anyOf ?? []) : [shape.items];
  for (const each of inner) {
    const found = objectIn(resolved(each, defs), defs);
    if (found !== null) return found;
  }
  return null;
}

function kindOf(shape: Shape, defs: Readonly<Record<string, Shape>>): string {
  const { type, enum: values, const: only, items, anyOf } = resolved(shape, defs);
  if (anyOf !== undefined) return [...new Set(anyOf.map((each) => kindOf(each, defs)))].join(' or ');
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' or ');
  if (only !== undefined) return JSON.stringify(only);
  if (items !== undefined) return `list of ${kindOf(items, defs)}`;
  if (type === undefined) return 'anything';
  return typeof type === 'string' ? type : type.join(' or ');
}

function shapeOf(schema: z.ZodType, io: 'input' | 'output'): Shape {
  return z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Shape;
}

function curlOf({ method, path, body, role }: Operation): string {
  const auth = role === 'anyone' ? '' : ' -H "Authorization: Bearer $TOKEN"';
  const what = method === 'GET' ? '' : ` -X ${method}`;
  const data = body === undefined ? '' : " -d '{ … }'";
  return `curl${what}${auth}${data} http://127.0.0.1:8080/api/v1${path}`;
}

function errorLink(code: ErrorCode): string {
  return `<a href="${errorPagePath(code)}"><code>${code}</code></a>`;
}

/** Text with code between back-ticks. */
function prose(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function anchorOf(tag: string): string {
  return `about-${tag.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>${body}</body></html>`;
}
