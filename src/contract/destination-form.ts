import { z } from 'zod';
import { BACKOFF_PRESETS } from '../domain/backoff.ts';
import type { DeliveryPolicy, Destination, Endpoint, EndpointTls } from '../domain/destination.ts';
import type { EndpointAuth } from '../domain/endpoint-auth.ts';
import type { Origin } from '../domain/origin.ts';
import { onlySecret } from '../domain/secret-rotation.ts';
import { sameJson } from '../lib/same-json.ts';
import { type DestinationForm, destinationSchema, type SaidDestination } from './destination-schema.ts';
import type { SettingSchema } from './setting-schema.ts';
import { withoutDefaults } from './without-defaults.ts';

type Settings = SaidDestination['settings'];
type SettingsForm = DestinationForm['settings'];

/** What may be said of a destination, as data. */
export const DESTINATION_SCHEMA = z.toJSONSchema(destinationSchema, { io: 'input' }) as SettingSchema;

/** The destination that somebody said, without a rotation of its secret. */
export function destinationOf(said: SaidDestination, origin: Origin): Destination {
  const { id, name, sources, type, enabled, settings, delivery } = said;
  const basic = basicOf(settings);
  return {
    id,
    name: name ?? id,
    sources,
    type,
    enabled,
    endpoints: endpointsOf(settings, basic),
    basic,
    ...onlySecret(settings.sharedSecret ?? null),
    tls: tlsOf(settings.tls),
    delivery: {
      ...delivery,
      rateLimitPerSecond: delivery.rateLimitPerSecond ?? null,
      batch: delivery.batch ?? null,
    },
    origin,
  };
}

function basicOf({ webhookUrl, auth }: Settings): Endpoint | null {
  return webhookUrl === undefined ? null : { url: webhookUrl, headers: {}, auth: authOf(auth) };
}

/** The ones that count: with any webhook, the URL of the basic settings is ignored (Webhooks integration, fact 5). */
function endpointsOf({ webhooks }: Settings, basic: Endpoint | null): readonly Endpoint[] {
  if (webhooks.length > 0) return webhooks.map((webhook) => ({ ...webhook, auth: authOf(webhook.auth) }));
  return basic === null ? [] : [basic];
}

function authOf({ basic, bearer }: NonNullable<Settings['auth']> = {}): EndpointAuth | null {
  if (basic !== undefined) return { kind: 'basic', ...basic };
  return bearer === undefined ? null : { kind: 'bearer', token: bearer };
}

function tlsOf({ ca, cert, key }: NonNullable<Settings['tls']> = {}): EndpointTls | null {
  const client = cert === undefined || key === undefined ? null : { cert, key };
  return ca === undefined && client === null ? null : { ca: ca ?? null, client };
}

/**
 * How file and management API say a destination, complete. `destinationOf` makes the same of it again, but for a
 * rotation: of the two secrets it has the one that was set last.
 */
export function wholeDestinationFormOf(destination: Destination): DestinationForm {
  const { id, name, sources, type, enabled, delivery } = destination;
  const settings = settingsFormOf(destination);
  return { ...{ id, name }, sources: [...sources], ...{ type, enabled, settings }, delivery: deliveryFormOf(delivery) };
}

/** The same as somebody would write it, without what goes without saying. */
export function destinationFormOf(destination: Destination): DestinationForm {
  const { id, name, ...rest } = wholeDestinationFormOf(destination);
  const form = { id, ...(name === id ? {} : { name }), ...rest };
  const said = withoutDefaults(DESTINATION_SCHEMA, form) as DestinationForm;
  // How many retries go without saying depends on the waits.
  const { retries, backoffMs } = destination.delivery;
  if (typeof backoffMs !== 'string') return said;
  const delivery = { ...said.delivery, retries };
  if (retries === BACKOFF_PRESETS[backoffMs].length) delete (delivery as { retries?: number }).retries;
  return { ...said, delivery };
}

function settingsFormOf({ endpoints, basic, sharedSecret, nextSecret, tls }: Destination): SettingsForm {
  const secret = nextSecret ?? sharedSecret;
  const isBasicAlone = basic !== null && sameJson(endpoints, [basic]);
  return {
    ...(basic === null ? {} : { webhookUrl: basic.url, ...authFormOf(basic.auth) }),
    webhooks: isBasicAlone
      ? []
      : endpoints.map(({ url, headers, auth }) => ({ url, headers: { ...headers }, ...authFormOf(auth) })),
    ...(secret === null ? {} : { sharedSecret: secret }),
    ...(tls === null ? {} : { tls: tlsFormOf(tls) }),
  };
}

function authFormOf(auth: EndpointAuth | null): Pick<SettingsForm, 'auth'> {
  if (auth === null) return {};
  if (auth.kind === 'bearer') return { auth: { bearer: auth.token } };
  return { auth: { basic: { username: auth.username, password: auth.password } } };
}

function tlsFormOf({ ca, client }: EndpointTls): SettingsForm['tls'] {
  return { ...(ca === null ? {} : { ca }), ...client };
}

function deliveryFormOf(delivery: DeliveryPolicy): NonNullable<DestinationForm['delivery']> {
  const { backoffMs, rateLimitPerSecond, batch, filter, ...rest } = delivery;
  return {
    ...rest,
    backoffMs: typeof backoffMs === 'string' ? backoffMs : [...backoffMs],
    ...(rateLimitPerSecond === null ? {} : { rateLimitPerSecond }),
    ...(batch === null ? {} : { batch: { ...batch } }),
    filter: structuredClone(filter) as NonNullable<DestinationForm['delivery']>['filter'],
  };
}
