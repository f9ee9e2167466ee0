import assert from 'node:assert/strict';
import { z } from 'zod';
import { commonErrorsOf, errorAnswer } from '../../src/contract/error-answer.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { OPERATIONS, type OperationId } from '../../src/contract/operations.ts';
import { ERRORS, type ErrorCode } from '../../src/domain/errors.ts';

export interface ApiAnswer {
  readonly status: number;
  /** Parsed; null where there was none. */
  readonly body: unknown;
}

/** The operation that a request asks for; null where there is none. @param path below `/api/v1`, perhaps with a query */
export function operationAt(method: string, path: string): OperationId | null {
  const [bare = ''] = path.split('?');
  const matching = (Object.keys(OPERATIONS) as OperationId[]).filter(
    (id) => OPERATIONS[id].method === method && patternOf(OPERATIONS[id]).test(bare),
  );
  // What is spelled out goes before what is in braces, as in the router.
  return matching.toSorted((a, b) => bracesIn(OPERATIONS[a]) - bracesIn(OPERATIONS[b]))[0] ?? null;
}

function patternOf({ path }: Operation): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function bracesIn({ path }: Operation): number {
  return path.split('{').length;
}

/** Every code that an operation may answer with. */
export function errorsOf(operation: Operation): ReadonlySet<ErrorCode> {
  return new Set([...operation.errors, ...commonErrorsOf(operation)]);
}

/** Fails unless an answer is exactly what the contract says: no key more, none less, and no error of others. */
export function assertAnswer(id: OperationId, { status, body }: ApiAnswer): void {
  const operation: Operation = OPERATIONS[id];
  if (status === operation.status) {
    if (operation.answer === null) assert.equal(body, null, `${id} answers nothing`);
    else assertParses(operation.answer, body, id);
    return;
  }
  assertParses(errorAnswer, body, `${id}, which answered ${status}`);
  const { code } = (body as z.output<typeof errorAnswer>).error;
  assert.ok(errorsOf(operation).has(code as ErrorCode), `${id} answered ${code}, which is none of its errors`);
  assert.equal(status, ERRORS[code as ErrorCode].status, `${id}: the status of ${code}`);
}

/** The same of a message of the live stream, or of the operation that is told. */
export function assertMessage(kind: string, data: unknown, id: 'watch' | 'watchBin' | 'listen' = 'watch'): void {
  const messages: Readonly<Record<string, z.ZodType>> = OPERATIONS[id].messages;
  const schema = Object.hasOwn(messages, kind) ? messages[kind] : undefined;
  assert.ok(schema !== undefined, `${kind} is a message of the stream`);
  assertParses(schema, data, kind);
}

function assertParses(schema: z.ZodType, body: unknown, what: string): void {
  const { error } = schema.safeParse(body);
  if (error !== undefined) assert.fail(`${what}: ${z.prettifyError(error)}\n${JSON.stringify(body).slice(0, 2_000)}`);
}
