import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../domain/errors.ts';
import type { JsonObject } from '../lib/json-object.ts';
import { isJsonObject } from '../lib/json-object.ts';
import { commonErrorsOf, errorAnswer } from './error-answer.ts';
import type { Operation } from './operation.ts';
import { OPERATIONS } from './operations.ts';

type Schema = JsonObject;

/** What the management API is to programs that make clients of it: an OpenAPI 3.1 document, made from `OPERATIONS`. */
export function openApiDocument(): JsonObject {
  const components = new Map<string, Schema>();
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const [id, operation] of Object.entries<Operation>(OPERATIONS)) {
    const item = (paths[operation.path] ??= {});
    item[operation.method.toLowerCase()] = operationObject(id, operation, components);
  }
  const tags = new Set(Object.values<Operation>(OPERATIONS).map(({ tag }) => tag));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sluice management API',
      // Of the API, which has the path `/api/v1`; `/readyz` tells that of the program.
      version: '1',
      description:
        'Everything that an operator does to Sluice. Errors are `{ "error": { "code", "message", "details", "docs" } }`; programs may rely on the code. Fields may be added to answers.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }, { session: [] }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token, or the admin token.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'sluice_session',
          description:
            'The session of a browser; `__Host-sluice_session` by HTTPS. What changes something needs the header `X-CSRF-Token` besides.',
        },
      },
      schemas: Object.fromEntries([...components].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

function operationObject(id: string, operation: Operation, components: Map<string, Schema>): JsonObject {
  const { tag, summary, description, role, body } = operation;
  const parameters = [...pathParameters(operation), ...queryParameters(operation, components)];
  const said = body === undefined ? null : bodySchema(operation, components);
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(role === 'anyone' ? { security: [] } : {}),
    'x-least-role': role,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(said === null ? {} : { requestBody: { required: !isOptional(operation), content: json(said) } }),
    responses: { ...success(operation, components), ...failures(operation, components) },
  };
}

function pathParameters({ path }: Operation): readonly JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true },
    schema: { type: 'string', minLength: 1 },
  }));
}

function queryParameters({ query }: Operation, components: Map<string, Schema>): readonly JsonObject[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query, 'input', components);
  return Object.entries(properties as Readonly<Record<string, Schema>>).map(
    ([name, { description, examples, ...schema }]) => ({
      ...{ name, in: 'query', required: (required as readonly string[]).includes(name) },
      ...(description === undefined ? {} : { description }),
      schema: { type: 'string', ...schema, ...(examples === undefined ? {} : { examples }) },
    }),
  );
}

function bodySchema({ body, form, isPatch }: Operation, components: Map<string, Schema>): Schema {
  const schema = schemaOf(form ?? body ?? z.unknown(), 'input', components);
  return isPatch === true ? patchOf(schema) : schema;
}

function isOptional({ body, form }: Operation): boolean {
  return form === undefined && body?.safeParse(undefined).success === true;
}

function success({ status, answer, messages, summary }: Operation, components: Map<string, Schema>): JsonObject {
  const content =
    messages !== undefined
      ? { 'text/event-stream': { schema: { type: 'string' }, 'x-event-data': dataOf(messages, components) } }
      : answer === null
        ? null
        : json(open(schemaOf(answer, 'output', components)));
  return { [status]: { description: summary, ...(content === null ? {} : { content }) } };
}

/** What each server-sent event has as data, by its name. */
function dataOf(messages: NonNullable<Operation['messages']>, components: Map<string, Schema>): JsonObject {
  const data = Object.entries(messages).map(
    ([name, schema]) => [name, open(schemaOf(schema, 'output', components))] as const,
  );
  return Object.fromEntries(data);
}

/** One answer for each status, with the codes that it may have. */
function failures(operation: Operation, components: Map<string, Schema>): JsonObject {
  const codes = [...new Set<ErrorCode>([...operation.errors, ...commonErrorsOf(operation)])];
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
  const error = schemaOf(errorAnswer, 'output', components);
  return Object.fromEntries(
    [...byStatus].map(([status, of]) => [
      String(status),
      { description: of.map((code) => `\`${code}\``).join(', '), content: json(open(error)), 'x-error-codes': of },
    ]),
  );
}

function json(schema: Schema): JsonObject {
  return { 'application/json': { schema } };
}

/** The schema of one thing; those in it that have names are among the components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Map<string, Schema>): Schema {
  const { $defs = {}, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Schema;
  const whole = without(rest, ['$schema']);
  for (const [name, definition] of Object.entries($defs as Readonly<Record<string, Schema>>))
    components.set(name, cleaned(io === 'output' ? open(definition) : definition));
  const { id, ...nameless } = whole;
  if (typeof id !== 'string') return cleaned(whole);
  components.set(id, cleaned(io === 'output' ? open(nameless) : nameless));
  return { $ref: `#/components/schemas/${id}` };
}

/** References as the document has them, and without what is our own in schemas. */
function cleaned(schema: Schema): Schema {
  return mapped(schema, (each) => {
    const kept = without(each, ['id', 'secret']);
    return typeof kept.$ref === 'string'
      ? { ...kept, $ref: kept.$ref.replace('#/$defs/', '#/components/schemas/') }
      : kept;
  });
}

/** An answer may come to have more fields, and a client that is made from the document must not mind. */
function open(schema: Schema): Schema {
  return mapped(schema, ({ additionalProperties, ...rest }) =>
    additionalProperties === false || additionalProperties === undefined ? rest : { ...rest, additionalProperties },
  );
}

/** A merge patch (RFC 7396): whatever is not said stays, and null takes it back. */
function patchOf(schema: Schema): Schema {
  if (!isJsonObject(schema.properties)) return schema;
  const properties = Object.entries(schema.properties).map(([name, of]): [string, unknown] => [
    name,
    { anyOf: [patchOf(of as Schema), { type: 'null' }] },
  ]);
  return { ...without(schema, ['required', 'default']), properties: Object.fromEntries(properties) };
}

function without(schema: Schema, keys: readonly string[]): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
}

/** Every schema in it, the innermost first. A field may be called like a keyword: `properties` holds no schema itself. */
function mapped(schema: Schema, change: (schema: Schema) => Schema): Schema {
  const entries = Object.entries(schema).map(([key, value]): [string, unknown] => {
    if (key === 'properties' && isJsonObject(value)) {
      const fields = Object.entries(value).map(([name, of]) => [name, mapped(of as Schema, change)] as const);
      return [key, Object.fromEntries(fields)];
    }
    if (key === 'enum' || key === 'const' || key === 'default' || key === 'examples') return [key, value];
    if (Array.isArray(value))
      return [key, value.map((each: unknown) => (isJsonObject(each) ? mapped(each, change) : each))];
    return [key, isJsonObject(value) ? mapped(value, change) : value];
  });
  return change(Object.fromEntries(entries));
}
