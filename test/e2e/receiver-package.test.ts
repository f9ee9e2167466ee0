/** `npm run build:receiver` as others use it: packed, installed below a `node_modules`, imported from JavaScript and types. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { buildReceiver } from '../../scripts/build-receiver.ts';
import { makeSigner } from '../../src/adapters/webhook/signature.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-receiver-'));
  buildReceiver(join(folder, 'built'));
  const { stdout } = await run('npm', ['pack', '--silent', join(folder, 'built')], { cwd: folder });
  await writeFile(join(folder, 'package.json'), '{ "name": "own", "version": "1.0.0", "type": "module" }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, stdout.trim())], { cwd: folder });
  await rm(join(folder, 'built'), { recursive: true });
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Without the folder of packages, which npm puts before it and which has the Node.js that we bring. */
const MACHINE_PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((path) => !path.includes('node_modules'))
  .join(delimiter);

const PROGRAM = `
import { verifyWebhook, WebhookError } from 'sluice/receiver';
import { receiveWebhooks as express } from 'sluice/receiver/express';
import { receiveWebhooks as fastify } from 'sluice/receiver/fastify';
import { receiveWebhooks as fetch } from 'sluice/receiver/fetch';
import { receiveWebhooks as node } from 'sluice/receiver/node';

const { headers, body, secrets } = JSON.parse(process.argv[2]);
const { events } = await verifyWebhook({ headers, body, secrets });
const refused = await verifyWebhook({ headers, body, secrets: 'another' }).catch((error) => error);
console.log(events[0].event, refused instanceof WebhookError, refused.reason);
const answer = await fetch({ secrets, onEvent: () => {} })(new Request('http://a/', { method: 'POST', headers, body }));
console.log(answer.status, [express, fastify, node].map((each) => typeof each).join(' '));
`;

const TYPED = `
import { verifyWebhook, type WebhookEvent } from 'sluice/receiver';
import { receiveWebhooks } from 'sluice/receiver/fetch';

export function nameOf(event: WebhookEvent): string | null {
  switch (event.type) {
    case 'track':
      return event.event;
    case 'group':
      return event.groupId;
    case 'delete':
      // @ts-expect-error: a deletion has none
      return event.properties;
    default:
      return null;
  }
}
export const worker: { fetch: (request: Request) => Promise<Response> } = {
  fetch: receiveWebhooks({ secrets: ['one', undefined], onEvent: (event) => void nameOf(event) }),
};
// @ts-expect-error: without a secret there is nothing to check with
export const unchecked = verifyWebhook({ headers: {}, body: '' });
`;

const TYPED_FOR_NODE = `
import { createServer } from 'node:http';
import express from 'express';
import fastify from 'fastify';
import { rememberInMemory } from 'sluice/receiver';
import { receiveWebhooks as forExpress } from 'sluice/receiver/express';
import { receiveWebhooks as forFastify } from 'sluice/receiver/fastify';
import { receiveWebhooks as forNode } from 'sluice/receiver/node';

const options = { secrets: process.env['SECRET'], seen: rememberInMemory(), onEvent: async () => undefined };
createServer(forNode(options));
express().post('/webhooks', forExpress(options));
await fastify().register(forFastify, { url: '/webhooks', ...options });
`;

async function typeCheck(name: string, program: string, more: object): Promise<string> {
  const options = { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', types: [], ...more };
  await writeFile(join(folder, `${name}.ts`), program);
  await writeFile(join(folder, `${name}.json`), JSON.stringify({ compilerOptions: options, files: [`${name}.ts`] }));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  return run(process.execPath, [tsc, '-p', `${name}.json`], { cwd: folder }).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { stdout: string }).stdout,
  );
}

describe('the package of the receiver', () => {
  it('has JavaScript and declarations, no test, and no dependency', async () => {
    const installed = join(folder, 'node_modules/sluice');
    const files = await readdir(installed, { recursive: true });
    const kinds = new Set(files.map((file) => /(?:\.d)?\.\w+$/.exec(file)?.[0] ?? file));
    assert.deepEqual([...kinds].toSorted(), ['.d.ts', '.js', '.json', '.md', 'LICENSE', 'receiver']);
    assert.deepEqual(
      files.filter((file) => file.includes('test')),
      [],
    );
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as object;
    assert.ok(!('dependencies' in manifest));
    for (const file of files.filter((each) => each.endsWith('.js'))) {
      const imports = [...(await readFile(join(installed, file), 'utf8')).matchAll(/from ['"]([^'"]+)/g)];
      assert.deepEqual(
        imports.filter(([, path]) => !path?.startsWith('./')),
        [],
        file,
      );
    }
  });

  // The one that the project brings, and the machine's own, which is older.
  for (const node of [process.execPath, 'node']) {
    it(`is imported from plain JavaScript: ${node === 'node' ? 'by the Node.js of the machine' : 'by ours'}`, async () => {
      const body = JSON.stringify({ type: 'track', event: 'Café ☕', messageId: 'm1', projectId: 'web' });
      const flat = makeSigner({ sharedSecret: 's', nextSecret: null }).headersOf('evt_1', Date.now(), body);
      const headers = Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]!]] : [])));
      await writeFile(join(folder, 'program.js'), PROGRAM);
      const { stdout } = await run(node, ['program.js', JSON.stringify({ headers, body, secrets: 's' })], {
        cwd: folder,
        env: { ...process.env, PATH: MACHINE_PATH },
      });
      assert.equal(stdout, 'Café ☕ true wrong_signature\n200 function function function\n');
    });
  }

  it('has types that hold without those of Node.js, for workers', async () => {
    assert.equal(await typeCheck('worker', TYPED, { lib: ['es2022', 'dom', 'dom.iterable'] }), '');
  });

  it('has types that fit those of Node.js, Express and Fastify', async () => {
    for (const name of ['express', 'fastify'])
      await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    await symlink(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
    const page = await readFile(join(ROOT, 'docs/receiving.md'), 'utf8');
    const printed = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
    assert.match(printed.join(''), /createServer.*SeenIds.*verifyWebhook/s);
    // What the page takes for granted of a server that it knows nothing of.
    const given = 'declare const [secrets, request, rawBody]: [string, Request, Uint8Array];';
    const programs = [TYPED_FOR_NODE, ...printed.map((code) => `${code}\n${given}`)];
    for (const [at, program] of programs.entries())
      assert.equal(await typeCheck(`server${at}`, program, { types: ['node'], skipLibCheck: true }), '', program);
  });
});
