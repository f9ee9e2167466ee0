import type { Loaded } from './load.ts';
import { pathText } from '../contract/problems.ts';
import { SETTINGS } from './settings.ts';
import { valueAt } from '../contract/setting-schema.ts';

/** The settings outside of sources and destinations that have another value: a restart applies them. Secrets included. */
export function changedSettings(before: Loaded, after: Loaded): readonly string[] {
  return SETTINGS.filter(({ path }) => textAt(before, path) !== textAt(after, path)).map(({ path }) => pathText(path));
}

function textAt({ values }: Loaded, path: readonly string[]): string | undefined {
  return JSON.stringify(valueAt(values, path));
}
