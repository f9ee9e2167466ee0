import type { Origin } from '../domain/origin.ts';
import type { Source } from '../domain/source.ts';
import type { JsonObject } from '../lib/json-object.ts';
import { patched } from '../lib/merge-patch.ts';
import { writeKeysIn } from './between-settings.ts';
import { type Checked, checkedBy, shallow } from './checked.ts';
import { idProblems } from './checked-destination.ts';
import { repeated } from './entries.ts';
import type { Problem } from './problems.ts';
import { sourceFormOf, sourceOf } from './source-form.ts';
import { sourceSchema } from './source-schema.ts';

/** What a source has to fit in with. */
export interface SourceSurroundings {
  /** Whether a text lets its holder in as an operator: whoever reads the page of a web site has its write key. */
  readonly isApiToken: (text: string) => boolean;
}

/**
 * The source that a request describes which makes one: in the terms of the file, without an id. Or all that is wrong
 * with it. Whether name and keys are free is asked when it is made (`createSource`).
 *
 * @param id the one that it gets
 * @param writeKey the one that it gets when it names none
 */
export function checkedNewSource(
  given: unknown,
  { id, writeKey, isApiToken }: SourceSurroundings & { readonly id: string; readonly writeKey: string },
): Checked<Source> {
  const said = shallow(given);
  if ('problems' in said) return said;
  const own = said.value['id'] === undefined ? [] : [{ path: ['id'], message: 'is made here; leave it out' }];
  return checked({ writeKeys: [writeKey], ...said.value, id }, own, 'api', isApiToken);
}

/** What a source becomes by a merge patch of its form (RFC 7396), as `checkedDestination` for destinations. */
export function checkedSource(
  patch: unknown,
  { current, isApiToken }: SourceSurroundings & { readonly current: Source },
): Checked<Source> {
  const said = shallow(patch);
  if ('problems' in said) return said;
  const whole = { ...(patched(sourceFormOf(current), said.value) as JsonObject), id: current.id };
  return checked(whole, idProblems(said.value, current.id), current.origin, isApiToken);
}

function checked(
  said: JsonObject,
  others: readonly Problem[],
  origin: Origin,
  isApiToken: (text: string) => boolean,
): Checked<Source> {
  const keys = writeKeysIn(said, []);
  const tokens = keys.filter(({ text }) => isApiToken(text));
  const result = checkedBy(sourceSchema, said, [
    ...others,
    ...repeated(keys, 'this write key is there twice'),
    ...tokens.map(({ path }) => ({ path, message: 'is an API token; choose another' })),
  ]);
  return 'problems' in result ? result : { value: sourceOf(result.value, origin) };
}
