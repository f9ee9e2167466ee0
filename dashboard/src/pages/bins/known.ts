/** Bins that were made in this browser: Sluice has no list of them. */
const KEY = 'sluice-bins';
const KNOWN_MAX = 50;

export function knownBins(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : [];
  } catch {
    // Storage that is switched off, or text that is not ours.
    return [];
  }
}

export function rememberBin(id: string): void {
  keep([id, ...knownBins().filter((each) => each !== id)].slice(0, KNOWN_MAX));
}

export function forgetBin(id: string): void {
  keep(knownBins().filter((each) => each !== id));
}

function keep(ids: readonly string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(ids));
  } catch {
    // Then it is known by its URL alone.
  }
}
