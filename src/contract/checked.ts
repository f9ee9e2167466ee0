import type { z } from 'zod';
import { isJsonObject } from '../lib/json-object.ts';
import { isDeeperThan } from '../lib/json-depth.ts';
import { type Problem, pathText, problemsOf } from './problems.ts';

/** A mistake in what was said, as answers have it: `settings.webhooks[0].url`, and what is wrong there. */
export interface ToldProblem {
  readonly path: string;
  /** Never holds a value: it may be a secret. */
  readonly message: string;
}

/** What was said, once it is checked; or all that is wrong with it. */
export type Checked<Value> = { readonly value: Value } | { readonly problems: readonly ToldProblem[] };

/**
 * What a schema finds in what was said, and what whoever looked at the whole found besides.
 *
 * @param between what was found besides; it has no problem that the schema has
 */
export function checkedBy<Schema extends z.ZodType>(
  schema: Schema,
  said: unknown,
  between: readonly Problem[],
): Checked<z.output<Schema>> {
  const { success, data, error } = schema.safeParse(said, { reportInput: true });
  const problems = [...problemsOf(error?.issues ?? [], schema, 'JSON'), ...between];
  if (success && problems.length === 0) return { value: data };
  return { problems: problems.map(({ path, message }) => ({ path: pathText(path), message })) };
}

/** Levels of a body: twice those of the deepest setting, so that what lies deeper is none. */
const LEVELS_MAX = 16;

/** What is said, where it can be walked without end in sight: an object of few levels. Else what is wrong with it. */
export function shallow(given: unknown): Checked<Readonly<Record<string, unknown>>> {
  if (!isJsonObject(given)) return { problems: [{ path: '', message: 'must be a JSON object' }] };
  if (!isDeeperThan(LEVELS_MAX, given)) return { value: given };
  return { problems: [{ path: '', message: `is nested deeper than ${LEVELS_MAX} levels, and no setting is` }] };
}
