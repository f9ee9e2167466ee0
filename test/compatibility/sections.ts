import type { Section } from './row.ts';
import { cdn } from './rows/cdn.ts';
import { discards } from './rows/discards.ts';
import { context, deduplication, integrations, normalisation } from './rows/events.ts';
import { features } from './rows/features.ts';
import { libraries } from './rows/libraries.ts';
import { answers, cors, limits, requests } from './rows/requests.ts';
import { authentication, routes } from './rows/routes.ts';
import { queries, transport } from './rows/transport.ts';
import { webhooks } from './rows/webhooks.ts';

/** The page on compatibility, in its order. */
export const SECTIONS: readonly Section[] = [
  routes,
  authentication,
  transport,
  queries,
  cors,
  requests,
  answers,
  limits,
  discards,
  normalisation,
  context,
  deduplication,
  integrations,
  cdn,
  libraries,
  webhooks,
  features,
];
