import type { Checked } from '../contract/checked.ts';
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
