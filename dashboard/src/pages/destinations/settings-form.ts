import { createFormContext } from '@mantine/form';
import { BACKOFF_PRESETS, DEFAULT_BATCH_POLICY } from '../../../../src/contract/vocabulary.ts';
import type { client, Listed } from '../../api.ts';
import { durationsOf, durationsText } from './durations.ts';

export type Destination = Listed<'listDestinations'>;
type Delivery = Destination['delivery'];
type Auth = Destination['settings']['auth'];
type Filter = Delivery['filter']['types'] | Delivery['filter']['names'];
export type Patch = NonNullable<Parameters<typeof client.updateDestination>[0]['body']>;

/** What a stored secret is shown as; sent back it stands for what is stored. */
export const MASK = '***';

/** A number field is an empty text while there is nothing in it. */
export type NumberText = number | string;

export interface AuthValues {
  readonly kind: 'none' | 'basic' | 'bearer';
  readonly username: string;
  readonly password: string;
  readonly token: string;
}

export interface HeaderValues {
  readonly name: string;
  readonly value: string;
}

export interface EndpointValues {
  readonly url: string;
  readonly headers: readonly HeaderValues[];
  readonly auth: AuthValues;
}

export interface Selection {
  readonly rule: 'all' | 'include' | 'exclude';
  readonly values: readonly string[];
}

/** A destination as fields have it. */
export interface Values {
  readonly enabled: boolean;
  readonly name: string;
  readonly sources: readonly string[];
  readonly webhookUrl: string;
  readonly auth: AuthValues;
  readonly webhooks: readonly EndpointValues[];
  readonly sharedSecret: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly success: Delivery['success'];
  readonly retries: NumberText;
  readonly backoff: 'durable' | 'list';
  readonly waits: string;
  readonly timeoutMs: NumberText;
  readonly concurrency: NumberText;
  readonly rateLimitPerSecond: NumberText;
  readonly circuitBreaker: boolean;
  readonly order: Delivery['order'];
  readonly isBatched: boolean;
  readonly batch: { readonly maxEvents: NumberText; readonly maxBytes: NumberText; readonly maxWaitMs: NumberText };
  readonly history: Delivery['history'];
  readonly types: Selection;
  readonly names: Selection;
  readonly method: Delivery['method'];
  readonly aliasLabels: boolean;
}

export const [SettingsProvider, useSettingsContext, useSettingsForm] = createFormContext<Values>();

export const NO_AUTH: AuthValues = { kind: 'none', username: '', password: '', token: '' };
export const NEW_ENDPOINT: EndpointValues = { url: '', headers: [], auth: NO_AUTH };

export function valuesOf({ enabled, name, sources, settings, delivery }: Destination): Values {
  const { backoffMs, batch, filter, rateLimitPerSecond, ...rest } = delivery;
  const { webhookUrl = '', sharedSecret = '', tls } = settings;
  return {
    ...{ enabled, name, sources, webhookUrl, sharedSecret },
    auth: authValuesOf(settings.auth),
    webhooks: settings.webhooks.map(({ url, headers, auth }) => ({
      url,
      headers: Object.entries(headers).map(([header, value]) => ({ name: header, value })),
      auth: authValuesOf(auth),
    })),
    tls: { ca: tls?.ca ?? '', cert: tls?.cert ?? '', key: tls?.key ?? '' },
    ...rest,
    backoff: typeof backoffMs === 'string' ? backoffMs : 'list',
    waits: durationsText(typeof backoffMs === 'string' ? [1_000] : backoffMs),
    rateLimitPerSecond: rateLimitPerSecond ?? '',
    isBatched: batch !== undefined,
    batch: batch ?? DEFAULT_BATCH_POLICY,
    types: selectionOf(filter.types),
    names: selectionOf(filter.names),
  };
}

function authValuesOf(auth: Auth): AuthValues {
  if (auth?.basic !== undefined) return { ...NO_AUTH, kind: 'basic', ...auth.basic };
  return auth?.bearer === undefined ? NO_AUTH : { ...NO_AUTH, kind: 'bearer', token: auth.bearer };
}

function selectionOf(filter: Filter): Selection {
  if (filter?.include !== undefined) return { rule: 'include', values: filter.include };
  return filter?.exclude === undefined ? { rule: 'all', values: [] } : { rule: 'exclude', values: filter.exclude };
}

/** The waits that hold, however they are said; null for a text that is no list of them. */
export function waitsOf({ backoff, waits }: Pick<Values, 'backoff' | 'waits'>): readonly number[] | null {
  return backoff === 'durable' ? BACKOFF_PRESETS.durable : durationsOf(waits);
}

/** What fields say, in the terms of the management API; undefined is left out. */
function saidBy(values: Values): Json {
  const { enabled, name, sources, webhookUrl, auth, webhooks, sharedSecret, tls } = values;
  return {
    ...{ enabled, name: text(name), sources },
    settings: {
      webhookUrl: text(webhookUrl),
      auth: authSaidBy(auth),
      webhooks: webhooks.map((webhook) => ({
        url: webhook.url.trim(),
        headers: Object.fromEntries(
          webhook.headers
            .filter((header) => header.name !== '' || header.value !== '')
            .map((header) => [header.name.trim(), header.value]),
        ),
        auth: authSaidBy(webhook.auth),
      })),
      sharedSecret: text(sharedSecret),
      tls: { ca: text(tls.ca), cert: text(tls.cert), key: text(tls.key) },
    },
    delivery: deliverySaidBy(values),
  };
}

function deliverySaidBy(values: Values): Json {
  const { success, circuitBreaker, order, history, method, aliasLabels, isBatched, batch } = values;
  return {
    ...{ success, circuitBreaker, order, history, method, aliasLabels },
    retries: number(values.retries),
    backoffMs: values.backoff === 'durable' ? 'durable' : (durationsOf(values.waits) ?? undefined),
    timeoutMs: number(values.timeoutMs),
    concurrency: number(values.concurrency),
    rateLimitPerSecond: number(values.rateLimitPerSecond),
    batch: isBatched
      ? {
          maxEvents: number(batch.maxEvents),
          maxBytes: number(batch.maxBytes),
          maxWaitMs: number(batch.maxWaitMs),
        }
      : undefined,
    filter: { types: selectionSaidBy(values.types), names: selectionSaidBy(values.names) },
  };
}

function authSaidBy({ kind, username, password, token }: AuthValues): Json | undefined {
  if (kind === 'none') return undefined;
  return kind === 'basic' ? { basic: { username, password } } : { bearer: token };
}

function selectionSaidBy({ rule, values }: Selection): Json | undefined {
  return rule === 'all' ? undefined : { [rule]: values };
}

function text(value: string): string | undefined {
  return value.trim() === '' ? undefined : value;
}

function number(value: NumberText): number | undefined {
  return value === '' ? undefined : Number(value);
}

type Json = Readonly<Record<string, unknown>>;

/** What has changed, as a merge patch (RFC 7396): what is gone is null, and a list is sent whole. */
export function patchOf(before: Values, now: Values): Patch {
  return difference(saidBy(before), saidBy(now));
}

function difference(before: Json, now: Json): Json {
  const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
  return Object.fromEntries(
    [...keys].flatMap((key) => {
      const was = before[key];
      const is = now[key];
      if (JSON.stringify(was) === JSON.stringify(is)) return [];
      if (is === undefined) return [[key, null]];
      return [[key, isObject(was) && isObject(is) ? difference(was, is) : is]];
    }),
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
