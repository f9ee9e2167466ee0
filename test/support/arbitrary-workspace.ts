import fc from 'fast-check';
import {
  DEFAULT_DELIVERY_POLICY,
  DELIVERY_METHODS,
  type DeliveryPolicy,
  type Destination,
  type Endpoint,
  HISTORIES,
  ORDERS,
  SUCCESS_RULES,
} from '../../src/domain/destination.ts';
import { CALL_TYPES } from '../../src/domain/event.ts';
import { ORIGINS } from '../../src/domain/origin.ts';
import { onlySecret } from '../../src/domain/secret-rotation.ts';
import { CONNECTION_MODES, SOURCE_KINDS, type Source } from '../../src/domain/source.ts';

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);
const name = fc
  .string({ minLength: 1, maxLength: 200, unit: 'grapheme-composite' })
  .filter((text) => text.length <= 200);
const writeKey = fc.stringMatching(/^[\x21-\x39\x3b-\x7e]{1,40}$/);
/** Some look like references, numbers and other things that YAML knows. */
const secret = fc
  .oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom(
      '${HOME}',
      '$${x}',
      '123',
      'true',
      '~',
      'a: b',
      '- a',
      ' a ',
      '#',
      '*a',
      '!a',
      'two\nlines',
      '\u2028',
    ),
  )
  .filter((text) => text !== '***');

/** Any valid source. Cloned, since fast-check makes some objects without a prototype. */
export const anySource: fc.Arbitrary<Source> = fc
  .record({
    ...{ id, name, enabled: fc.boolean() },
    writeKeys: fc.uniqueArray(writeKey, { minLength: 1, maxLength: 4 }),
    names: fc.array(fc.option(name), { minLength: 4, maxLength: 4 }),
    kind: fc.option(fc.constantFrom(...SOURCE_KINDS)),
    connectionMode: fc.constantFrom(...CONNECTION_MODES),
    origin: fc.constantFrom(...ORIGINS),
  })
  .map(({ names, writeKeys, ...rest }) => {
    const named = writeKeys.flatMap((key, index) => {
      const keyName = names[index];
      return typeof keyName === 'string' ? [[key, keyName] as const] : [];
    });
    return structuredClone({ ...rest, writeKeys, keyNames: Object.fromEntries(named) });
  });

const url = fc
  .record({ host: fc.domain(), path: fc.stringMatching(/^[a-z0-9/${}]{0,12}$/) })
  .map(({ host, path }) => `https://${host}/${path}`)
  .filter((text) => URL.canParse(text));
const auth = fc.option(
  fc.oneof(
    fc.record({
      kind: fc.constant('basic' as const),
      username: fc.stringMatching(/^[^\p{Cc}:]{1,10}$/u).filter((text) => text !== '***'),
      password: fc.stringMatching(/^\P{Cc}{0,10}$/u).filter((text) => text !== '***'),
    }),
    fc.record({ kind: fc.constant('bearer' as const), token: fc.stringMatching(/^[\x21-\x7e]{4,20}$/) }),
  ),
);
const headers = fc.dictionary(fc.stringMatching(/^X-[A-Z]{1,8}$/), fc.stringMatching(/^[\x21-\x7e]{4,12}$/), {
  maxKeys: 3,
});
const basicEndpoint: fc.Arbitrary<Endpoint> = fc.record({ url, headers: fc.constant({}), auth });
const endpoints: fc.Arbitrary<readonly Endpoint[]> = fc.uniqueArray(fc.record({ url, headers, auth }), {
  ...{ minLength: 1, maxLength: 5 },
  selector: (endpoint) => URL.parse(endpoint.url)?.href,
});

function selection<T>(value: fc.Arbitrary<T>) {
  const list = fc.uniqueArray(value, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    list.map((include) => ({ include })),
    list.map((exclude) => ({ exclude })),
  );
}

const delivery: fc.Arbitrary<DeliveryPolicy> = fc
  .record<DeliveryPolicy>({
    success: fc.constantFrom(...SUCCESS_RULES),
    retries: fc.nat(20),
    backoffMs: fc.oneof(fc.array(fc.nat(1_000), { minLength: 1, maxLength: 3 }), fc.constant('durable' as const)),
    timeoutMs: fc.integer({ min: 100, max: 60_000 }),
    concurrency: fc.integer({ min: 1, max: 1_000 }),
    rateLimitPerSecond: fc.option(fc.integer({ min: 1, max: 10_000 })),
    circuitBreaker: fc.boolean(),
    order: fc.constantFrom(...ORDERS),
    history: fc.constantFrom(...HISTORIES),
    batch: fc.option(
      fc.record({
        maxEvents: fc.integer({ min: 1, max: 1_000 }),
        maxBytes: fc.constantFrom(65_536, 512_000, 1_048_576),
        maxWaitMs: fc.constantFrom(0, 1_000, 60_000),
      }),
    ),
    aliasLabels: fc.boolean(),
    filter: fc.record(
      { types: selection(fc.constantFrom(...CALL_TYPES)), names: selection(fc.string({ minLength: 1 })) },
      { requiredKeys: [] },
    ),
    method: fc.constantFrom(...DELIVERY_METHODS),
  })
  .map((policy) => (policy.order === 'user' ? { ...policy, batch: null } : policy));

/** Any valid destination without a rotation and without certificates, of some of these sources. */
export function anyDestination(sources: readonly string[]): fc.Arbitrary<Destination> {
  return fc
    .record({
      ...{ id, name, enabled: fc.boolean(), sharedSecret: fc.option(secret) },
      sources: fc.subarray([...sources]),
      type: fc.constant('webhooks' as const),
      basic: fc.option(basicEndpoint),
      webhooks: fc.option(endpoints),
      delivery: fc.oneof(fc.constant(DEFAULT_DELIVERY_POLICY), delivery),
      origin: fc.constantFrom(...ORIGINS),
    })
    .filter(({ basic, webhooks }) => basic !== null || webhooks !== null)
    .map(({ basic, webhooks, sharedSecret, ...rest }) =>
      structuredClone({
        ...rest,
        ...onlySecret(sharedSecret),
        tls: null,
        // `auth` of `webhookUrl` cannot stand beside `webhooks`.
        basic: basic !== null && webhooks !== null ? { ...basic, auth: null } : basic,
        endpoints: webhooks ?? (basic === null ? [] : [basic]),
      }),
    );
}
