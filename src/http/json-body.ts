import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { SluiceError } from '../domain/errors.ts';
import { managementBytesMax } from '../domain/limits.ts';
import { type BodyLimit, parseJson, readBytes } from './decode-body.ts';
import { invalid } from './parameters.ts';

const LIMIT: BodyLimit = { bytesMax: managementBytesMax, code: 'body_too_large' };

/**
 * The JSON body of a request of the management API, as its schema wants it. One that is empty is `undefined`, where the
 * schema takes that.
 *
 * @throws SluiceError `malformed_json`, `body_too_large`, `invalid_parameter` for the first thing that is wrong
 */
export async function jsonBodyOf<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
): Promise<z.output<Schema>> {
  const bytes = await readBytes(request, LIMIT);
  const isOptional = bytes.length === 0 && schema.safeParse(undefined).success;
  const given = isOptional ? undefined : parseJson(bytes);
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  const [issue] = error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const path = [...issue.path, ...issue.keys.slice(0, 1)].join('.');
    throw invalid(path.slice(0, 64), 'is not known here');
  }
  if (issue === undefined || issue.path.length === 0) throw new SluiceError('not_an_object');
  throw invalid(issue.path.join('.').slice(0, 64), issue.message);
}
