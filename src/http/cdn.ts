import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { SluiceError } from '../domain/errors.ts';
import { encodedBodiesMax } from '../domain/limits.ts';
import { settingsDocument } from '../domain/settings-document.ts';
import { EncodedBodies, encode, encodingFor, type Encoding } from './cdn-encoding.ts';
import { type BrowserLibrary, readBrowserLibrary } from './cdn-library.ts';
import type { Forwarding } from './client-address.ts';
import { allowAnyOrigin } from './cors.ts';
import { registerMethods, type RouteHandler } from './methods.ts';

export interface CdnParts {
  /** Whether a source has this write key, also a disabled one. */
  readonly isWriteKey: (text: string) => Promise<boolean>;
  readonly forwarding: Pick<Forwarding, 'originOf' | 'publicOrigin'>;
}

/** What is to be sent, and what it is. */
interface Asset {
  readonly type: string;
  readonly cacheControl: string;
  /** Without quotes: the same for the same body, whatever its encoding. */
  readonly tag: string;
  readonly body: (encoding: Encoding) => Promise<Buffer>;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const SCRIPT_TYPE = 'text/javascript; charset=utf-8';

/**
 * What an operator changes is followed within a minute. As long as settings name the host that they were asked by, a
 * cache that several share could give those of one name to who asks by another, or what somebody forged to all.
 */
const SETTINGS_CACHE = { public: 'public, max-age=60', private: 'private, max-age=60' };
/** After an upgrade, the script of before asks for bundles that are gone: so soon is it replaced. */
const SCRIPT_CACHE = 'public, max-age=120';
const BUNDLE_CACHE = 'public, max-age=31536000, immutable';

/**
 * What Segment libraries load before they send: settings for all of them, and for pages the library itself with what
 * it loads later (protocol section 2.1). Anything else of Segment's CDN is code of destinations that run in the
 * page, which there are none of here.
 *
 * A disabled source is served like any other: its calls are answered with 200 and counted as refused, where a 404 here
 * would put errors into its pages and have some phones keep their events.
 */
export function registerCdn(app: FastifyInstance, { isWriteKey, forwarding }: CdnParts): void {
  const library = readBrowserLibrary();
  const bodies = new EncodedBodies(encodedBodiesMax);
  const knownKey = async (request: FastifyRequest): Promise<string> => {
    const { writeKey } = request.params as { writeKey: string };
    if (!(await isWriteKey(writeKey))) throw new SluiceError('write_key_unknown');
    return writeKey;
  };
  const register = (routes: FastifyInstance, _options: object, done: () => void): void => {
    allowAnyOrigin(routes);
    serve(routes, '/v1/projects/:writeKey/settings', async (request) =>
      settingsAsset(await knownKey(request), forwarding, request),
    );
    serve(routes, '/analytics.js/v1/:writeKey/analytics.min.js', async (request) =>
      scriptAsset(await knownKey(request), library, bodies),
    );
    serve(routes, '/analytics-next/bundles/:name', (request) => bundleAsset(request, library, bodies));
    done();
  };
  void app.register(register);
}

function serve(
  routes: FastifyInstance,
  url: string,
  assetOf: (request: FastifyRequest) => Asset | Promise<Asset>,
): void {
  const handler: RouteHandler = async (request, reply) => send(request, reply, await assetOf(request));
  registerMethods(routes, url, { GET: handler, HEAD: handler });
}

function settingsAsset(
  writeKey: string,
  { originOf, publicOrigin }: CdnParts['forwarding'],
  { raw }: FastifyRequest,
): Asset {
  const body = Buffer.from(JSON.stringify(settingsDocument(writeKey, publicOrigin ?? originOf(raw))));
  return {
    type: JSON_TYPE,
    cacheControl: publicOrigin === null ? SETTINGS_CACHE.private : SETTINGS_CACHE.public,
    tag: tagOf(body),
    body: async (encoding) => encode(body, encoding),
  };
}

function scriptAsset(writeKey: string, library: BrowserLibrary, bodies: EncodedBodies): Asset {
  return {
    type: SCRIPT_TYPE,
    cacheControl: SCRIPT_CACHE,
    tag: tagOf(`${library.fingerprint} ${writeKey}`),
    body: async (encoding) =>
      bodies.get(`script ${writeKey}`, encoding, () => Buffer.from(library.scriptFor(writeKey))),
  };
}

/** By name out of those that there are, so that no path of the disk can be asked for. */
function bundleAsset(request: FastifyRequest, { bundles }: BrowserLibrary, bodies: EncodedBodies): Asset {
  const { name } = request.params as { name: string };
  const bundle = bundles.get(name);
  if (bundle === undefined) throw new SluiceError('not_found', { method: request.method, path: request.url });
  return {
    type: SCRIPT_TYPE,
    cacheControl: BUNDLE_CACHE,
    tag: tagOf(name),
    body: async (encoding) => bodies.get(`bundle ${name}`, encoding, () => bundle),
  };
}

async function send(request: FastifyRequest, reply: FastifyReply, asset: Asset): Promise<void> {
  const encoding = encodingFor(request.headers['accept-encoding']);
  // Weak, since the same body has the same tag in every encoding.
  const tag = `W/"${asset.tag}"`;
  reply.headers({
    'Cache-Control': asset.cacheControl,
    ETag: tag,
    Vary: 'Accept-Encoding, Origin',
    // A page that isolates itself (COEP) takes nothing from elsewhere without it.
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'X-Content-Type-Options': 'nosniff',
  });
  if (isHeld(request.headers['if-none-match'], tag)) {
    await reply.code(304).send();
    return;
  }
  const body = await asset.body(encoding);
  if (encoding !== 'identity') reply.header('Content-Encoding', encoding);
  await reply.type(asset.type).send(body);
}

/** Tags are compared weakly (RFC 9110, 13.1.2): proxies that compress make strong ones weak, and the reverse. */
function isHeld(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return (
    ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((each) => each.trim().replace(/^(?!W\/)/, 'W/') === tag)
  );
}

function tagOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22);
}
