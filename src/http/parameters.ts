import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { nearest } from '../contract/nearest.ts';
import { problemsOf } from '../contract/problems.ts';
import { SluiceError } from '../domain/errors.ts';

/**
 * The query of a request, as its schema wants it; undefined where there is none, and nothing may stand in it. A
 * parameter that is not known is a mistake, because a filter that is misspelt would let everything through.
 *
 * @throws SluiceError `invalid_parameter` for the first thing that is wrong
 */
export function queryOf({ query }: FastifyRequest, schema: z.ZodObject | undefined): unknown {
  const given = query as Readonly<Record<string, unknown>>;
  const known = Object.keys(schema?.shape ?? {});
  for (const [name, value] of Object.entries(given)) {
    if (!known.includes(name)) throw invalid(name.slice(0, 64), unknownAmong(name, known));
    if (typeof value !== 'string') throw invalid(name, 'is given more than once');
  }
  if (schema === undefined) return undefined;
  const { success, data, error } = schema.safeParse(given, { reportInput: true });
  if (success) return data;
  const [problem] = problemsOf(error.issues, schema, 'JSON');
  const [parameter = known[0]] = problem?.path ?? [];
  throw invalid(String(parameter), problem?.message ?? '');
}

function unknownAmong(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  if (meant !== null) return `is not known here; did you mean \`${meant}\`?`;
  return known.length === 0 ? 'is not known here: there are none' : `is not known here; known are ${known.join(', ')}`;
}

/** What is wrong with a parameter, as the predicate of a sentence. */
export function invalid(parameter: string, problem: string): SluiceError {
  return new SluiceError('invalid_parameter', { parameter, problem });
}

/** For a cursor that no page had. */
export function invalidCursor(): SluiceError {
  return invalid('cursor', 'must be the `next` of the page before');
}
