import { MASK } from '../domain/masked.ts';
import { isJsonObject, type JsonObject } from '../lib/json-object.ts';
import { DESTINATION_SCHEMA } from './destination-form.ts';
import type { DestinationForm } from './destination-schema.ts';
import { schemaBelow, type SettingSchema } from './setting-schema.ts';

const SETTINGS = schemaBelow(DESTINATION_SCHEMA, 'settings');
const WEBHOOK = schemaBelow(schemaBelow(SETTINGS, 'webhooks'), 0);

/**
 * What is said of a destination, with stored secrets in place of the masks that answers show them as: who reads a
 * destination and sends it back changes no secret. A mask stands for what is stored at its place; in `webhooks`, whose
 * places are their URLs, at the endpoint with the same URL. Where nothing is stored it stays, and is a mistake.
 *
 * @param said in the terms of the file, of any shape
 */
export function unmasked(said: unknown, stored: DestinationForm): unknown {
  if (!isJsonObject(said) || !isJsonObject(said['settings'])) return said;
  const { webhooks, ...settings } = said['settings'];
  const endpoints = endpointsIn(stored.settings);
  // The basic settings have a place of their own; auth may also come from the webhook that they take the place of.
  const basic = { auth: endpoints.get(hrefOf(settings['webhookUrl']) ?? '')?.auth, ...stored.settings };
  return {
    ...said,
    settings: {
      ...(filled(SETTINGS, settings, basic) as JsonObject),
      ...(webhooks === undefined ? {} : { webhooks: filledWebhooks(webhooks, endpoints) }),
    },
  };
}

function filledWebhooks(webhooks: unknown, endpoints: ReadonlyMap<string, unknown>): unknown {
  if (!Array.isArray(webhooks)) return webhooks;
  return webhooks.map((webhook: unknown) => {
    const href = isJsonObject(webhook) ? hrefOf(webhook['url']) : null;
    return href === null ? webhook : filled(WEBHOOK, webhook, endpoints.get(href));
  });
}

type Webhook = NonNullable<DestinationForm['settings']['webhooks']>[number];

/** What is stored of each endpoint, by its URL in its one spelling. */
function endpointsIn({ webhookUrl, auth, webhooks = [] }: DestinationForm['settings']): ReadonlyMap<string, Webhook> {
  const basic: readonly Webhook[] = webhookUrl === undefined ? [] : [{ url: webhookUrl, auth }];
  return new Map([...basic, ...webhooks].map((endpoint) => [hrefOf(endpoint.url) ?? '', endpoint]));
}

function hrefOf(url: unknown): string | null {
  return typeof url === 'string' ? (URL.parse(url)?.href ?? null) : null;
}

function filled(schema: SettingSchema | undefined, said: unknown, stored: unknown): unknown {
  if (said === MASK) return schema?.secret === 'all' && typeof stored === 'string' ? stored : said;
  if (!isJsonObject(said) || !isJsonObject(stored)) return said;
  const entries = Object.entries(said).map(([key, held]): [string, unknown] => [
    key,
    filled(schemaBelow(schema, key), held, Object.hasOwn(stored, key) ? stored[key] : undefined),
  ]);
  return Object.fromEntries(entries);
}
