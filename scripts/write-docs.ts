/**
 * Writes what the documentation has from code: `docs/configuration.md` from the schema of the configuration file,
 * `docs/libraries.md` from the table of libraries, `docs/openapi.json` from the operations of the management API, `docs/receiver-vectors.json` from what signs webhooks, `docs/segment-compatibility.md` from the rows of its test, the picture
 * of the layers in `ARCHITECTURE.md` from the imports, and the metrics in `docs/operating.md` from their registries.
 * Tests compare all of it with what is there.
 *
 *   bin/node scripts/write-docs.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApiDocument } from '../src/contract/openapi.ts';
import { compatibilityPage } from './compatibility-page.ts';
import { configurationPage } from './configuration-page.ts';
import { layerPicture } from './layer-picture.ts';
import { librariesPage } from './libraries-page.ts';
import { metricsTable } from './metrics-table.ts';
import { receiverVectors } from './receiver-vectors.ts';

const metrics = await metricsTable();
const root = join(import.meta.dirname, '..');

export interface Page {
  /** From the root of the project. */
  readonly path: string;
  /** What it has to hold, given what it holds. */
  readonly written: (now: string) => string;
}

export const PAGES: readonly Page[] = [
  { path: 'docs/configuration.md', written: configurationPage },
  { path: 'docs/libraries.md', written: librariesPage },
  { path: 'docs/openapi.json', written: () => `${JSON.stringify(openApiDocument(), null, 2)}\n` },
  { path: 'docs/receiver-vectors.json', written: receiverVectors },
  { path: 'docs/segment-compatibility.md', written: compatibilityPage },
  { path: 'ARCHITECTURE.md', written: (now) => between('layers', layerPicture(), now) },
  { path: 'docs/operating.md', written: (now) => between('metrics', metrics, now) },
];

/** Replaces what stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. */
function between(name: string, text: string, page: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`there is no ${begin} … ${end} in the page`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

if (import.meta.main) {
  for (const { path, written } of PAGES) {
    const file = join(root, path);
    writeFileSync(file, written(readFileSync(file, 'utf8')));
  }
}
