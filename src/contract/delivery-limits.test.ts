import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_DELIVERY_POLICY, DELIVERY_METHODS, HISTORIES, ORDERS, SUCCESS_RULES } from '../domain/destination.ts';
import { readConfigText } from '../config/config-file.ts';
import { deliverySchema } from './delivery-schema.ts';

/** What is wrong with a destination's `delivery` that says this of one setting, without its place in the file. */
function mistakesOf(setting: string, value: string): readonly string[] {
  const text = `sources: [{ id: web, writeKeys: [k] }]
destinations:
  - id: crm
    sources: [web]
    settings: { webhookUrl: https://crm.example/ }
    delivery: { ${setting}: ${value} }
`;
  const { mistakes } = readConfigText(text, { name: 'f', folder: '.', environment: {} });
  return mistakes.map((line) => line.replace(/^f:6:\d+ destinations\[0\]\.delivery\./, ''));
}

const listOf = (count: number, value: string | number): string =>
  `[${Array.from({ length: count }, () => value).join()}]`;
const namesOf = (count: number, chars = 1): string =>
  `{ names: { include: ${listOf(count, `"${'n'.repeat(chars)}"`)} } }`;

/** Of each setting: the smallest, the largest and other values that there are, and what is said of those outside. */
const LIMITS: Readonly<
  Record<string, { readonly taken: readonly string[]; readonly refused: Readonly<Record<string, string>> }>
> = {
  success: {
    taken: SUCCESS_RULES,
    refused: { all: 'success: must be one of `any`, `every`' },
  },
  retries: {
    taken: ['0', '20'],
    refused: {
      '-1': 'retries: must be at least 0',
      21: 'retries: must be at most 20',
      1.5: 'retries: must be a whole number',
    },
  },
  backoffMs: {
    taken: ['[0]', '[86400000]', listOf(20, 1), 'durable'],
    refused: {
      '[]': 'backoffMs: must have at least 1 entry',
      [listOf(21, 1)]: 'backoffMs: has 21 entries; at most 20 are allowed',
      '[-1]': 'backoffMs[0]: must be at least 0',
      '[1, 86400001]': 'backoffMs[1]: must be at most 86400000',
    },
  },
  timeoutMs: {
    taken: ['100', '60000'],
    refused: { 99: 'timeoutMs: must be at least 100', 60001: 'timeoutMs: must be at most 60000' },
  },
  concurrency: {
    taken: ['1', '1000'],
    refused: { 0: 'concurrency: must be at least 1', 1001: 'concurrency: must be at most 1000' },
  },
  rateLimitPerSecond: {
    taken: ['0.1', '2.5', '10000'],
    refused: {
      0: 'rateLimitPerSecond: must be at least 0.1',
      0.09: 'rateLimitPerSecond: must be at least 0.1',
      10001: 'rateLimitPerSecond: must be at most 10000',
      '.inf': 'rateLimitPerSecond: must be a number',
    },
  },
  circuitBreaker: {
    taken: ['true', 'false'],
    refused: { on: 'circuitBreaker: must be `true` or `false`' },
  },
  order: {
    taken: ORDERS,
    refused: { users: 'order: must be one of `none`, `user`; did you mean `user`?' },
  },
  batch: {
    taken: [
      '{}',
      '{ maxEvents: 1, maxBytes: 65536, maxWaitMs: 0 }',
      '{ maxEvents: 1000, maxBytes: 1048576, maxWaitMs: 60000 }',
    ],
    refused: {
      '{ maxEvents: 0 }': 'batch.maxEvents: must be at least 1',
      '{ maxEvents: 1001 }': 'batch.maxEvents: must be at most 1000',
      '{ maxBytes: 65535 }': 'batch.maxBytes: must be at least 65536',
      '{ maxBytes: 1048577 }': 'batch.maxBytes: must be at most 1048576',
      '{ maxWaitMs: 60001 }': 'batch.maxWaitMs: must be at most 60000',
      '{}, order: user':
        'batch: cannot go with `order: user`: one that fails would hold up all users of its batch; take one of the two',
    },
  },
  history: {
    taken: HISTORIES,
    refused: { none: 'history: must be one of `sampled`, `all`' },
  },
  aliasLabels: {
    taken: ['true', 'false'],
    refused: { 1: 'aliasLabels: must be `true` or `false`' },
  },
  filter: {
    taken: [
      '{}',
      namesOf(200),
      namesOf(1, 1_000),
      '{ types: { include: [identify, track, page, screen, group, alias] } }',
    ],
    refused: {
      [namesOf(201)]: 'filter.names.include: has 201 entries; at most 200 are allowed',
      [namesOf(1, 1_001)]: 'filter.names.include[0]: must have at most 1000 characters',
      [namesOf(1, 0)]: 'filter.names.include[0]: must not be empty',
    },
  },
  method: {
    taken: DELIVERY_METHODS,
    refused: {
      GET: 'method: must be one of `POST`, `PUT`, `PATCH`',
      post: 'method: must be one of `POST`, `PUT`, `PATCH`; did you mean `POST`?',
    },
  },
};

describe("a setting of a destination's delivery", () => {
  for (const [setting, { taken, refused }] of Object.entries(LIMITS)) {
    for (const value of taken) {
      it(`may be ${setting}: ${value.slice(0, 40)}`, () => {
        assert.deepEqual(mistakesOf(setting, value), []);
      });
    }
    for (const [value, mistake] of Object.entries(refused)) {
      it(`cannot be ${setting}: ${value.slice(0, 40)}, and what it can be is told`, () => {
        assert.deepEqual(mistakesOf(setting, value), [mistake]);
      });
    }
  }

  it('has its limits here, each one', () => {
    assert.deepEqual(Object.keys(LIMITS).sort(), Object.keys(deliverySchema.shape).sort());
  });

  it('is the default of the pipeline where nothing is said, which is what the reference does', () => {
    const { rateLimitPerSecond, batch, ...defaults } = DEFAULT_DELIVERY_POLICY;
    assert.deepEqual([rateLimitPerSecond, batch], [null, null]);
    assert.deepEqual(deliverySchema.parse({}), defaults);
  });
});
