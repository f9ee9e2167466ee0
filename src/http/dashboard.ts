import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { GUARDED_HEADERS } from './guarded-headers.ts';

/** Where its pages are, below the host or below where a proxy puts it. */
const PREFIX = '/dashboard';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/plain; charset=utf-8',
};

/** What the build compressed beforehand, the smaller one first. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

const HEADERS = {
  ...GUARDED_HEADERS,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/**
 * The dashboard: one page for all of its paths, and the files that the build made (`scripts/build-dashboard.ts`). Open to
 * anybody, since nothing of this Sluice is in them: what the page shows it asks the management API for, which knows who
 * may see it.
 *
 * @param folder what was built; without it the page says how to build it
 */
export function registerDashboard(app: FastifyInstance, folder: string): void {
  const files = filesIn(folder);
  app.get('/', (request, reply) => reply.headers(UNCACHED).redirect(below(request, 'dashboard/')));
  app.get(PREFIX, async (request, reply) => sendPage(request, reply, folder));
  app.get(`${PREFIX}/*`, async (request, reply) => {
    const name = (request.params as { readonly '*': string })['*'];
    const file = files.get(name);
    if (file !== undefined) return sendFile(request, reply, file);
    // What a page asks for and is not there was of another build; a page in its place would be taken for a script.
    if (name.startsWith('assets/')) {
      throw new SluiceError('not_found', { method: request.method, path: request.url.slice(0, 200) });
    }
    return sendPage(request, reply, folder);
  });
}

interface BuiltFile {
  readonly path: string;
  readonly type: string;
  /** Whether its name carries a hash of its content. */
  readonly isHashed: boolean;
  /** Suffixes of what there is of it compressed. */
  readonly compressed: readonly (typeof ENCODINGS)[number][];
}

/** By their paths below the folder: what is not among them cannot be asked for, however a URL is spelt. */
function filesIn(folder: string): ReadonlyMap<string, BuiltFile> {
  if (!existsSync(folder)) return new Map();
  const names = new Set(readdirSync(folder, { recursive: true, encoding: 'utf8' }));
  const served = [...names].filter((name) => TYPES[extname(name)] !== undefined);
  return new Map(
    served.map((name) => [
      name,
      {
        path: join(folder, name),
        type: TYPES[extname(name)] ?? '',
        isHashed: name.startsWith('assets/'),
        compressed: ENCODINGS.filter(([, suffix]) => names.has(`${name}${suffix}`)),
      },
    ]),
  );
}

async function sendFile({ headers }: FastifyRequest, reply: FastifyReply, file: BuiltFile): Promise<FastifyReply> {
  const accepted = headers['accept-encoding'] ?? '';
  const encoding = file.compressed.find(([name]) => accepted.includes(name));
  if (encoding !== undefined) void reply.header('Content-Encoding', encoding[0]);
  return reply
    .headers({ ...HEADERS, ...(file.isHashed ? FOR_EVER : UNCACHED), Vary: 'Accept-Encoding' })
    .type(file.type)
    .send(await readFile(`${file.path}${encoding?.[1] ?? ''}`));
}

const UNCACHED = { 'Cache-Control': 'no-store' };
const FOR_EVER = { 'Cache-Control': 'public, max-age=31536000, immutable' };

/**
 * The page itself, with what it is relative to, so that it works at whatever path a proxy has it, and with a nonce of its
 * own for the style sheets that its components write.
 *
 * @throws SluiceError `dashboard_not_built`
 */
async function sendPage(request: FastifyRequest, reply: FastifyReply, folder: string): Promise<FastifyReply> {
  const built = await readFile(join(folder, 'index.html'), 'utf8').catch((cause: unknown) => {
    throw new SluiceError('dashboard_not_built', {}, cause);
  });
  const nonce = randomBytes(16).toString('base64url');
  const page = built
    .replace('<base href="/" />', `<base href="${below(request, 'dashboard/')}" />`)
    .replaceAll('NONCE', nonce);
  return reply
    .headers({ ...HEADERS, ...UNCACHED, 'Content-Security-Policy': policyWith(nonce) })
    .type('text/html; charset=utf-8')
    .send(page);
}

function policyWith(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** A path of this host, relative to the request's: what stands before it is the proxy's, and unknown here. */
function below({ url }: FastifyRequest, path: string): string {
  // A target that begins with no slash is taken for the root.
  const depth = Math.max(0, (url.split('?', 1)[0] ?? '').split('/').length - 2);
  return `${depth === 0 ? './' : '../'.repeat(depth)}${path}`;
}
