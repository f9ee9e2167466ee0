import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');

/** They plug everything together, so that their arrows would hide the others: all files of `src/` itself, and the doctor. */
function seesEverything(file: string): boolean {
  return dirname(file) === 'src' || dirname(file) === 'src/doctor';
}

/** Where the layers stand, from the entrances in. A layer that isn't listed is drawn where Mermaid finds room. */
const ORDER = [
  'cli',
  'http',
  'config',
  'contract',
  'pipeline',
  'workspace',
  'adapters/sql',
  'adapters/webhook',
  'adapters/system',
];

/** A Mermaid picture of which layer imports which, as the files below `src/` do now. */
export function layerPicture(): string {
  const arrows = new Set(globSync('src/**/*.ts', { cwd: root }).flatMap(arrowsOf));
  const sorted = [...arrows].toSorted((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
  return ['```mermaid', 'flowchart TD', ...sorted.map((arrow) => `  ${arrow}`), '```'].join('\n');
}

function arrowsOf(file: string): readonly string[] {
  const from = layerOf(file);
  if (file.endsWith('.test.ts') || seesEverything(file)) return [];
  const imports = readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g);
  return [...imports]
    .map(([, path = '']) => layerOf(relative(root, join(root, dirname(file), path))))
    .filter((to) => to !== from)
    .map((to) => `${from} --> ${to}`);
}

/** `src/adapters/sql/sqlite.ts` → `adapters/sql`, `src/domain/event.ts` → `domain`, `src/compose.ts` → `compose`. */
function layerOf(file: string): string {
  const [, first = '', second = ''] = file.split('/');
  return first === 'adapters' ? `${first}/${second}` : first.replace(/\.ts$/, '');
}

function rankOf(arrow: string): number {
  const rank = ORDER.findIndex((layer) => arrow.startsWith(`${layer} `));
  return rank === -1 ? ORDER.length : rank;
}
