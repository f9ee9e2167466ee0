import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { pathText, problemsOf } from '../contract/problems.ts';
import { type ErrorProblem, SluiceError } from '../domain/errors.ts';
import { managementBytesMax } from '../domain/limits.ts';
import { type BodyLimit, parseJson, readBytes } from './decode-body.ts';

const LIMIT: BodyLimit = { bytesMax: managementBytesMax, code: 'body_too_large' };
/** Mistakes that are answered; more than that are the same one over and over, and are counted. */
const PROBLEMS_MAX = 100;

/**
 * The JSON body of a request of the management API, as its schema wants it. One that is empty is `undefined`, where the
 * schema takes that.
 *
 * @throws SluiceError `malformed_json`, `body_too_large`, `invalid_body` with everything that is wrong
 */
export async function jsonBodyOf<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
): Promise<z.output<Schema>> {
  const bytes = await readBytes(request, LIMIT);
  const isOptional = bytes.length === 0 && schema.safeParse(undefined).success;
  const { success, data, error } = schema.safeParse(isOptional ? undefined : parseJson(bytes), {
    reportInput: true,
  });
  if (success) return data;
  throw invalidBody(
    problemsOf(error.issues, schema, 'JSON').map(({ path, message }) => ({ path: pathText(path), message })),
  );
}

/** What is wrong with a body, each at its path; the empty one is the body as a whole. */
export function invalidBody(problems: readonly ErrorProblem[]): SluiceError {
  const shown = problems.slice(0, PROBLEMS_MAX);
  const [first] = shown.map(({ path, message }) => (path === '' ? message : `\`${path}\`: ${message}`));
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new SluiceError('invalid_body', { problem: `${first ?? ''}${more}`, problems: shown });
}
