import type { Checked } from '../contract/checked.ts';
import { isJsonObject } from '../lib/json-object.ts';
import { invalidBody } from './json-body.ts';

/**
 * What a body says, where nothing is wrong with it.
 *
 * @throws SluiceError `invalid_body` with everything that is wrong
 */
export function mustBeRight<Value>(checked: Checked<Value>): Value {
  if ('problems' in checked) throw invalidBody(checked.problems);
  return checked.value;
}

/**
 * A patch without what answers show besides and nobody can change, so that who reads, edits and sends back the whole is
 * not refused for it.
 */
export function withoutShown(patch: unknown, shown: readonly string[]): unknown {
  if (!isJsonObject(patch)) return patch;
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !shown.includes(key)));
}
