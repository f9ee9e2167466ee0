import { z } from 'zod';
import { destinationSchema } from '../contract/destination-schema.ts';
import { endpointUrl } from '../contract/destination-settings.ts';
import { listOf, secret, type Secrecy } from '../contract/schema-parts.ts';
import { sourceSchema } from '../contract/source-schema.ts';
import { ALERT_FORMATS, type AlertFormat } from '../domain/alert.ts';
import type { Destination } from '../domain/destination.ts';
import { isGuessable } from '../domain/guessable.ts';
import {
  declaredMax,
  deliveryThreadsMax,
  httpThreadsMax,
  drainMsMax,
  historyBytesMin,
  lagMsMax,
  lagMsMin,
  logBytesMin,
  refusedBytesMin,
  reserveBytesMax,
  retentionBytesMax,
  retentionMsMax,
  retentionMsMin,
  trustedProxiesMax,
} from '../domain/limits.ts';
import type { Kept } from '../domain/retention.ts';
import { isSecretsKey } from '../domain/secrets-key.ts';
import type { Source } from '../domain/source.ts';
import { bytesOf, millisecondsOf, sizeText, spanText } from '../lib/units.ts';
import { isAddressOrRange, isHost, isProxyUrl, isPublicUrl } from './values.ts';

/** Everything that Sluice can be told, checked and complete: what `startSluice` takes. */
export interface Config {
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Files in PEM, as absolute paths; null for plain HTTP. */
    readonly tls: { readonly certificate: string; readonly key: string } | null;
    /** Addresses and ranges of the reverse proxies whose `X-Forwarded-…` headers count. */
    readonly trustedProxies: readonly string[];
    /** Where libraries reach Sluice, with the path in front of its own; null where each request says it by itself. */
    readonly publicUrl: string | null;
    /** How many threads have the connections: with 1 it is the main thread. */
    readonly threads: number;
  };
  /** An absolute path. */
  readonly dataDir: string;
  readonly network: {
    /** Addresses and ranges that endpoints may resolve to besides public ones. */
    readonly allow: readonly string[];
    /** Those that they may not resolve to, public or allowed or not. */
    readonly deny: readonly string[];
    /** The URL of an HTTP proxy that all deliveries go through, with its credentials; null for none. */
    readonly proxy: string | null;
  };
  readonly delivery: {
    /** How long attempts in flight may take after SIGTERM. */
    readonly drainMs: number;
    /** How many threads send; with 1 it is the one that schedules. */
    readonly threads: number;
  };
  /** `reserveBytes`: of free disk that ingest leaves to settling and pruning. */
  readonly storage: { readonly reserveBytes: number };
  readonly retention: Retention;
  readonly alerts: {
    /** The operator's webhook; null where the log alone is told. */
    readonly webhookUrl: string | null;
    readonly format: AlertFormat;
    /** How long an event may wait before its destination lags. */
    readonly lagMs: number;
  };
  /** `token`: the operator's, or null for one that Sluice makes and keeps in the data folder. */
  readonly admin: { readonly token: string | null };
  readonly secrets: {
    /** What secrets are sealed with, in hex or base64; null for the key that Sluice keeps in the data folder. */
    readonly key: string | null;
    /** What they were sealed with before, so that they are sealed anew; null where no key is being changed. */
    readonly previousKey: string | null;
  };
  readonly log: { readonly level: LogLevel; readonly attempts: LoggedAttempts };
  readonly sources: readonly Source[];
  readonly destinations: readonly Destination[];
}

/** How long what is kept, and how much of it. */
export interface Retention {
  readonly log: Kept;
  readonly history: Kept;
  readonly refused: Kept;
}

/** Which attempts have a record in the log. */
export const LOGGED_ATTEMPTS = ['failed', 'all'] as const;
export type LoggedAttempts = (typeof LOGGED_ATTEMPTS)[number];

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a configuration file holds once it was checked, defaults filled in. */
export type ConfigFile = z.output<typeof configSchema>;

const RETENTION = { minMs: retentionMsMin, maxMs: retentionMsMax };

/** A time with its unit, read as milliseconds. */
function span({ minMs, maxMs }: { readonly minMs: number; readonly maxMs: number }) {
  return z.string().transform((text, context) => {
    const ms = millisecondsOf(text);
    if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
    const range = `from ${spanText(minMs)} to ${spanText(maxMs)}`;
    context.addIssue(`must be a time with its unit, ${range}, such as 90s, 15m, 12h or 7d`);
    return z.NEVER;
  });
}

/** A size with its unit, read as bytes. */
function size({ minBytes, maxBytes }: { readonly minBytes: number; readonly maxBytes: number }) {
  return z.string().transform((text, context) => {
    const bytes = bytesOf(text);
    if (bytes !== null && bytes >= minBytes && bytes <= maxBytes) return bytes;
    const range = `from ${sizeText(minBytes)} to ${sizeText(maxBytes)}`;
    context.addIssue(`must be a size with its unit, ${range}, such as 512MiB, 20GiB or 50GB`);
    return z.NEVER;
  });
}

const pemFile = z.string().min(1, 'must not be empty; leave both out to speak plain HTTP');
const addressOrRange = z
  .string()
  .refine(isAddressOrRange, 'must be an address or a range, such as 10.1.2.3 or 10.0.0.0/8');

const secretsKey = z
  .string()
  .refine(isSecretsKey, 'must be 64 characters of hex, or the base64 of 32 bytes; `openssl rand -hex 32` makes one');

/** Shown without its credentials. */
const proxyUrl = z
  .string()
  .refine(isProxyUrl, 'must be http://host:port, or http://user:password@host:port')
  .meta({ secret: 'after origin' satisfies Secrecy });

const ADMIN_TOKEN = /^[\x21-\x7e]{16,256}$/;

/**
 * The configuration file: its types, its validation and its page (`docs/configuration.md` is written from the
 * descriptions here). Unknown keys are mistakes. What holds between several values is checked by `mistakesAcross`.
 */
export const configSchema = z.strictObject({
  http: z
    .strictObject({
      host: z
        .string()
        .refine(isHost, 'must be a host name or an address alone, such as 127.0.0.1, ::1 or 0.0.0.0')
        .default('127.0.0.1')
        .describe('The address to listen on. Flag: `--host`.'),
      port: z
        .int()
        .min(0)
        .max(65_535)
        .default(8080)
        .describe('The port to listen on; 0 picks a free one. Flag: `--port`.'),
      tls: z
        .strictObject({
          certificate: pemFile.describe(
            "A file with the certificate and, behind it, those that lead to its authority, in PEM: certbot's `fullchain.pem`. A relative path begins at the configuration file's folder.",
          ),
          key: pemFile.describe(
            "A file with the certificate's private key, in PEM and without a passphrase: certbot's `privkey.pem`. A relative path begins at the configuration file's folder.",
          ),
        })
        .partial()
        .prefault({})
        .describe(
          'With both, Sluice speaks HTTPS on its port, and plain HTTP no more. The files are read again when they change. `dev` takes no notice of it.',
        ),
      trustedProxies: listOf(addressOrRange, { max: trustedProxiesMax })
        .default([])
        .describe(
          'Addresses and CIDR ranges of reverse proxies. What they say of a request in `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host` is believed; from anybody else these headers count for nothing. `dev` takes no notice of it.',
        ),
      publicUrl: z
        .string()
        .refine(
          isPublicUrl,
          'must be a URL such as https://events.example.com or https://www.example.com/events, without query, fragment and password',
        )
        .optional()
        .describe(
          'Where libraries reach Sluice from outside, with the path that a reverse proxy takes off, if any. Settings of libraries name it, and caches that are shared may keep them. Without it: where each request was sent to, which a proxy with a path of its own has to leave alone. `dev` takes no notice of it.',
        ),
      threads: z
        .int()
        .min(1)
        .max(httpThreadsMax)
        .default(1)
        .describe(
          'How many threads have the connections, and read, check and answer what libraries send. With 1, the thread that does everything else of the server does that too. More make a difference on a machine with more than two processors, when `sluice_thread_busy_seconds_total` of the thread `main` says that it has no time left. The system spreads connections over them, which Linux and FreeBSD do.',
        ),
    })
    .prefault({})
    .describe('The server.'),
  dataDir: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .describe(
      "The folder that holds all events and deliveries; a relative path begins at the file's own folder. Without it: `./sluice-data` with `serve`, `./.sluice` with `dev`, from where the command runs. Flag: `--data-dir`.",
    ),
  network: z
    .strictObject({
      allow: listOf(addressOrRange, { max: 1_000 })
        .default([])
        .describe(
          'Addresses and CIDR ranges that endpoints may have or resolve to; otherwise public addresses only. A URL with any other address in it is refused when the configuration is read.',
        ),
      deny: listOf(addressOrRange, { max: 1_000 })
        .default([])
        .describe('Addresses and CIDR ranges that are never connected to, whatever `allow` says.'),
      proxy: proxyUrl
        .optional()
        .describe(
          'An HTTP proxy that every delivery goes through, `http://host:port`, with `user:password@` before the host where it wants that. It is asked to `CONNECT`, to ports of plain HTTP too, and to an address that was resolved and judged here, never to a name. What the environment says of proxies (`HTTPS_PROXY` and the like) is not read. `dev` takes no notice of it.',
        ),
    })
    .prefault({})
    .describe('Which addresses endpoints may have, and the way to them.'),
  delivery: z
    .strictObject({
      drainMs: z
        .int()
        .min(0)
        .max(drainMsMax)
        .default(10_000)
        .describe('How long attempts in flight may still take after SIGTERM.'),
      threads: z
        .int()
        .min(1)
        .max(deliveryThreadsMax)
        .default(1)
        .describe(
          'How many threads sign requests, send them and read the answers. With 1, the thread that schedules all deliveries does that too. More make a difference on a machine with more than two processors, when `sluice_thread_busy_seconds_total` of the thread `delivery` says that it has no time left.',
        ),
    })
    .prefault({})
    .describe('Delivery as a whole. How a destination tries is in its own `delivery`.'),
  storage: z
    .strictObject({
      reserve: size({ minBytes: 0, maxBytes: reserveBytesMax })
        .prefault('256MiB')
        .describe(
          'Free space on the disk of `dataDir` below which calls are answered `503`, so that deliveries, retries and pruning still have room. `0B` for none.',
        ),
    })
    .prefault({})
    .describe('The disk.'),
  retention: z
    .strictObject({
      log: z
        .strictObject({
          age: span(RETENTION)
            .prefault('7d')
            .describe(
              'Events older than this are forgotten, delivered or not; those that a destination still waited for are counted and told. Whole segments go, so an event can stay up to an hour longer.',
            ),
          size: size({ minBytes: logBytesMin, maxBytes: retentionBytesMax })
            .optional()
            .describe(
              'The oldest events are forgotten when the log holds more than this; it is looked at every ten seconds. Without it: no limit.',
            ),
        })
        .prefault({})
        .describe('Events.'),
      history: z
        .strictObject({
          age: span(RETENTION)
            .prefault('30d')
            .describe('Finished deliveries and their attempts are forgotten after this.'),
          size: size({ minBytes: historyBytesMin, maxBytes: retentionBytesMax })
            .optional()
            .describe(
              'The oldest of them are forgotten when they take about more than this. Deliveries that wait for a retry never go, and count apart. The file keeps the room and writes to it again. Without it: no limit.',
            ),
        })
        .prefault({})
        .describe('What became of events.'),
      refused: z
        .strictObject({
          age: span(RETENTION).prefault('7d').describe('Samples and counts of refused calls are forgotten after this.'),
          size: size({ minBytes: refusedBytesMin, maxBytes: retentionBytesMax })
            .optional()
            .describe(
              'The oldest of them are forgotten when they take about more than this. Without it they take 110 MiB at most.',
            ),
        })
        .prefault({})
        .describe('Calls that were not accepted.'),
    })
    .prefault({})
    .describe(
      'How long things are kept. Nothing is forgotten for any other reason, and nothing by its age in the first ten minutes after a start or after the clock was set.',
    ),
  alerts: z
    .strictObject({
      webhookUrl: endpointUrl
        .optional()
        .describe(
          'A webhook that is told, once when it begins and once when it ends, that a destination is held or lags, that deliveries die, that the disk fills. Where it may be is as with endpoints (`network`). Without it the log alone is told.',
        ),
      format: z
        .enum(ALERT_FORMATS)
        .default('json')
        .describe('What it is sent: an object for programs, or what incoming webhooks of Slack take.'),
      lagMs: z
        .int()
        .min(lagMsMin)
        .max(lagMsMax)
        .default(600_000)
        .describe('How old the oldest event may be that waits for a destination before the destination lags.'),
    })
    .prefault({})
    .describe('What you are told without asking.'),
  admin: z
    .strictObject({
      token: secret(
        z
          .string()
          .regex(ADMIN_TOKEN, 'must be 16 to 256 visible ASCII characters; `openssl rand -hex 32` makes one')
          .refine(
            (token) => !ADMIN_TOKEN.test(token) || !isGuessable(token),
            'can be guessed, since it is made of words, repetitions or sequences; `openssl rand -hex 32` makes one that cannot',
          ),
      )
        .optional()
        .describe(
          'What an operator sends as `Authorization: Bearer` to the management API. A secret. Without it: one is made at the first start of `serve`, in the file `admin.token` of the data folder.',
        ),
    })
    .prefault({})
    .describe('Operators.'),
  secrets: z
    .strictObject({
      key: secret(secretsKey)
        .optional()
        .describe(
          'The key that secrets of destinations are sealed with on disk: 64 characters of hex, or the base64 of 32 bytes. A secret. Without it: one is made at the first start, in the file `secrets.key` of the data folder. Another than before is refused: see [operating.md](operating.md#the-key-of-the-secrets).',
        ),
      previousKey: secret(secretsKey)
        .optional()
        .describe(
          'The key before this one, while it is being changed: what was sealed with it is sealed anew at the start. A secret.',
        ),
    })
    .prefault({})
    .describe('Secrets on disk.'),
  log: z
    .strictObject({
      level: z
        .enum(LOG_LEVELS)
        .default('info')
        .describe('The least important lines that are written to stderr, as JSON. With `dev`, `warn` at least.'),
      attempts: z
        .enum(LOGGED_ATTEMPTS)
        .default('failed')
        .describe('Which attempts have a record: those that failed, or each one.'),
    })
    .prefault({})
    .describe('The log.'),
  sources: listOf(sourceSchema, { max: declaredMax }).default([]).describe('Where calls come from.'),
  destinations: listOf(destinationSchema, { max: declaredMax }).default([]).describe('Where events go.'),
});
