import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { nearest } from '../contract/nearest.ts';
import { problemsOf } from '../contract/problems.ts';
import { SluiceError } from '../domain/errors.ts';
import { parseTimestamp } from '../domain/timestamp.ts';

/** The query of a request by name; what is not given is undefined. */
export type Parameters<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/**
 * Reads the query of a request that knows these parameters. One that it does not know is a mistake, because a filter
 * that is misspelt would let everything through.
 *
 * @throws SluiceError `invalid_parameter`
 */
export function parametersOf<Name extends string>({ query }: FastifyRequest, known: readonly Name[]): Parameters<Name> {
  for (const [name, value] of Object.entries(query as Readonly<Record<string, unknown>>)) {
    const shown = name.slice(0, 64);
    if (!known.some((each) => each === name)) throw invalid(shown, unknownAmong(name, known));
    if (typeof value !== 'string') throw invalid(shown, 'is given more than once');
  }
  return query as Parameters<Name>;
}

/**
 * The query of a request, as its schema wants it; undefined where there is none, and nothing may stand in it.
 *
 * @throws SluiceError `invalid_parameter` for the first thing that is wrong
 */
export function queryOf(request: FastifyRequest, schema: z.ZodObject | undefined): unknown {
  const given = parametersOf(request, Object.keys(schema?.shape ?? {}));
  if (schema === undefined) return undefined;
  const { success, data, error } = schema.safeParse(given, { reportInput: true });
  if (success) return data;
  const [problem] = problemsOf(error.issues, schema, 'JSON');
  throw invalid(String(problem?.path[0] ?? '').slice(0, 64), problem?.message ?? '');
}

/** @throws SluiceError `invalid_parameter` */
export function limitIn(text: string | undefined, { most, otherwise }: { most: number; otherwise: number }): number {
  if (text === undefined) return otherwise;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > most) throw invalid('limit', `must be a whole number from 1 to ${most}`);
  return limit;
}

/**
 * A moment, as milliseconds since 1970.
 *
 * @throws SluiceError `invalid_parameter`
 */
export function timeIn(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // In a query, a plus sign that was not escaped stands for a blank.
  const ms = parseTimestamp(text.replace(/ (?=\d{2}:?\d{2}$)/, '+'));
  if (ms === null) throw invalid(name, 'must be a time in ISO 8601, such as 2026-01-31T12:00:00Z');
  return ms;
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
