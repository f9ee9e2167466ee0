/**
 * Makes a package of `src/receiver` for the programs of others: JavaScript with declarations, because Node.js runs no
 * TypeScript below a `node_modules`. It is called `sluice` and has `sluice/receiver` in it, as the project itself has, so
 * that an import reads the same in both.
 *
 *   npm run build:receiver                    into dist/receiver
 *   bin/node scripts/build-receiver.ts DIR    into DIR, which is emptied
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = join(import.meta.dirname, '..');

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
}

export function buildReceiver(into: string): void {
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(root, 'scripts/receiver.tsconfig.json');
  execFileSync(process.execPath, [tsc, '-p', project, '--outDir', join(into, 'receiver')], { stdio: 'inherit' });
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  writeFileSync(join(into, 'package.json'), `${JSON.stringify(published(manifest), null, 2)}\n`);
  cpSync(join(root, 'LICENSE'), join(into, 'LICENSE'));
  writeFileSync(join(into, 'README.md'), README);
}

function published({ version, license, exports }: Manifest): object {
  const built = Object.entries(exports).map(([path, source]) => {
    const file = source.replace('./src/', './').replace(/\.ts$/, '');
    return [path, { types: `${file}.d.ts`, default: `${file}.js` }];
  });
  return {
    ...{ name: 'sluice', version, description: "What a receiver of Sluice's webhooks needs.", license },
    // Whoever publishes it does so under a name of theirs: this one may be somebody else's there.
    private: true,
    ...{ type: 'module', sideEffects: false, engines: { node: '>=20' } },
    exports: Object.fromEntries(built) as object,
  };
}

const README = `# sluice/receiver

Checks that webhooks are of Sluice, gives their events types, and works on each once. No dependencies; Node.js 20, Deno, Bun, Cloudflare Workers.

\`\`\`ts
import { createServer } from 'node:http';
import { receiveWebhooks } from 'sluice/receiver/node';

const onEvent = (event) => console.log(event.type, event.messageId);
createServer(receiveWebhooks({ secrets: process.env.WEBHOOK_SECRET, onEvent })).listen(3000);
\`\`\`

Everything else is in \`docs/receiving.md\` of Sluice.
`;

if (import.meta.main) {
  const into = resolve(process.argv[2] ?? join(root, 'dist/receiver'));
  buildReceiver(into);
  console.log(`${into}: "npm install ${into}" in your project, or "npm pack ${into}" and install that`);
}
