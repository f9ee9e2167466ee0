/**
 * Builds the dashboard where what it is made of has changed since it was built, and compresses it: `http/dashboard.ts`
 * serves what is in `dashboard/dist` as it stands.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'dashboard');
const dist = join(folder, 'dist');
const stamp = join(dist, '.built');

/** What is made smaller by compression. */
const TEXTS = new Set(['.js', '.css', '.svg', '.html', '.md']);
/** Below it a response fits a packet anyway. */
const COMPRESSED_FROM_BYTES = 1_024;

const wanted = inputsHash();
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.error('sluice: building the dashboard …');
  const { build } = await import('vite');
  await build({ root: folder, logLevel: 'error' });
  compress();
  writeFileSync(stamp, wanted);
}

function inputsHash(): string {
  const hash = createHash('sha256');
  const files = globSync(
    [
      'dashboard/{index.html,package.json,tsconfig.json,vite.config.ts}',
      'dashboard/src/**/*.*',
      'src/{contract,domain,lib}/**/*.ts',
      'package-lock.json',
      'scripts/build-dashboard.ts',
    ],
    { cwd: root },
  );
  for (const file of files.filter((each) => !each.endsWith('.test.ts')).sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

function compress(): void {
  for (const file of globSync('**/*.*', { cwd: dist }).filter((each) => TEXTS.has(extname(each)))) {
    const bytes = readFileSync(join(dist, file));
    if (bytes.length < COMPRESSED_FROM_BYTES || extname(file) === '.html') continue;
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(join(dist, `${file}.br`), brotliCompressSync(bytes, { params }));
    writeFileSync(join(dist, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  }
}
