/**
 * `sluice/receiver`: what a receiver of Sluice's webhooks needs, without any dependency, for every runtime that has Web
 * Crypto (Node.js 20, Deno, Bun, Cloudflare Workers). docs/receiving.md shows how it is used.
 *
 * With a server, take one of `sluice/receiver/{node,express,fastify,fetch}`; what is here serves any other.
 */
export type { RawBody } from './body.ts';
export type {
  AliasEvent,
  DeleteEvent,
  GroupEvent,
  IdentifyEvent,
  JsonObject,
  PageEvent,
  ScreenEvent,
  TrackEvent,
  WebhookEvent,
} from './event.ts';
export type { WebhookHeaders } from './headers.ts';
export { type Answer, type IncomingWebhook, makeReceiver, type ReceiverOptions } from './receive.ts';
export type { Secrets } from './secret-keys.ts';
export { type MemoryOptions, rememberInMemory, type SeenIds } from './seen-ids.ts';
export {
  makeVerifier,
  type Scheme,
  type VerifierOptions,
  verifyWebhook,
  type Webhook,
  type WebhookRequest,
} from './verify.ts';
export { WebhookError, type WebhookErrorReason } from './webhook-error.ts';
