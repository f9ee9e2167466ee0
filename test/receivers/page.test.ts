/** What `docs/receiving.md` says of the library, compared with it both ways. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const page = read('docs/receiving.md');

/** The rows of the table that follows a heading: their first two cells. */
function rowsBelow(heading: string): readonly (readonly [string, string])[] {
  const [, text = ''] = page.split(`\n### ${heading}\n`);
  const section = text.slice(0, text.search(/^#+ /m));
  return [...section.matchAll(/^\| `(\w+)`\s*\| ([^|]*?)\s*\|/gm)].map(([, name = '', next = '']) => [name, next]);
}

describe('the page about receiving', () => {
  it('has a row for each reason, with its status', () => {
    const statuses = [...read('src/receiver/webhook-error.ts').matchAll(/^ {2}(\w+): (\d{3}),$/gm)];
    const written = rowsBelow('When something is not taken');
    assert.ok(written.length > 10);
    assert.deepEqual(
      written.toSorted(),
      statuses.map(([, reason = '', status = '']) => [reason, status] as const).toSorted(),
    );
  });

  it('has a row for each option', () => {
    const declared = [read('src/receiver/receive.ts'), read('src/receiver/verify.ts')].flatMap((source) => {
      const [, options = ''] = /export interface (?:Receiver|Verifier)Options[^{]*\{(.*?)^\}/ms.exec(source) ?? [];
      return [...options.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name);
    });
    // A test moves the clock by it; a receiver has no use for it.
    const offered = declared.filter((name) => name !== 'nowMs');
    assert.deepEqual(
      rowsBelow('Options')
        .map(([name]) => name)
        .toSorted(),
      offered.toSorted(),
    );
  });

  it('has a store of seen ids that keeps its promise, over another process and a claim that was left', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-seen-'));
    t.after(async () => rm(folder, { recursive: true, force: true }));
    const [, code = ''] = /^```ts\n((?:(?!^```).)*SeenIds.*?)^```$/ms.exec(page) ?? [];
    await writeFile(join(folder, 'seen.ts'), code);
    const said = async (program: string): Promise<string> => {
      const file = join(folder, 'program.ts');
      await writeFile(file, `import { seen } from './seen.ts';\n${program}`);
      return (await promisify(execFile)(process.execPath, [file], { cwd: folder })).stdout;
    };
    const first = `console.log(await seen.claim('a'), await seen.claim('a'), await seen.claim('b'), await seen.claim('left'));
      await seen.remember('a'); await seen.release('b'); console.log(await seen.claim('a'), await seen.claim('b'));`;
    assert.equal(await said(first), 'new busy new new\ndone new\n');
    const later = `const now = Date.now(); Date.now = () => now + 59_000; console.log(await seen.claim('left'));
      Date.now = () => now + 61_000; console.log(await seen.claim('left'), await seen.claim('left'), await seen.claim('a'));`;
    assert.equal(await said(later), 'busy\nnew busy done\n');
  });

  it('names each entrance of the package, with an example that is there', () => {
    const { exports } = JSON.parse(read('package.json')) as { readonly exports: Readonly<Record<string, string>> };
    for (const path of Object.keys(exports)) assert.ok(page.includes(`\`sluice/${path.slice(2)}\``), path);
    const links = [...page.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) => path);
    assert.deepEqual(
      links.filter((path) => !existsSync(join(root, 'docs', path))),
      [],
    );
  });
});
