import type { Path } from '../contract/problems.ts';
import { VARIABLE_PREFIX } from './settings.ts';

/**
 * Names of environment variables for the secrets of an exported file, each once: `CRM_HOOKS_SHARED_SECRET` for
 * `settings.sharedSecret` of the destination that is called so. The same destinations give the same names.
 */
export class VariableNames {
  readonly #taken = new Set<string>();

  /**
   * @param holder whose secret it is
   * @param path where it is in that
   */
  nameFor(holder: { readonly id: string; readonly name?: string | undefined }, path: Path): string {
    const parts = path.filter((part) => part !== 'settings').map((part) => wordsOf(String(part)));
    const name = [prefixOf(holder), ...parts].filter((part) => part !== '').join('_');
    let free = name;
    for (let number = 2; this.#taken.has(free); number++) free = `${name}_${number}`;
    this.#taken.add(free);
    return free;
  }
}

/** A name begins with a letter, and not like those that Sluice takes for settings. */
function prefixOf({ id, name = id }: { readonly id: string; readonly name?: string | undefined }): string {
  const words = wordsOf(name) === '' ? wordsOf(id) : wordsOf(name);
  return /^[A-Z]/.test(words) && !`${words}_`.startsWith(VARIABLE_PREFIX) ? words : `DESTINATION_${words}`;
}

/** `sharedSecret` and `Shared secret` alike as `SHARED_SECRET`; without accents, and without what has no letters of ASCII. */
function wordsOf(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[a-z0-9](?=[A-Z])/g, '$&_')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toUpperCase();
}
