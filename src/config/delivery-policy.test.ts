import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { SluiceError } from '../domain/errors.ts';
import { readConfigText } from './config-file.ts';
import { type Loaded, loadConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-delivery-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function load(text: string, environment = {}): Loaded {
  const file = join(folder, 'sluice.yaml');
  writeFileSync(file, text);
  return loadConfig({ file, environment, flags: [], defaultDataDir: folder });
}

function assertInvalid(run: () => unknown, mistake: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof SluiceError && error.code === 'config_invalid', String(error));
    assert.match(error.message, mistake);
    return true;
  });
}

/** A file with one destination whose `delivery` is given as a flow mapping. */
function fileWith(delivery: string): string {
  return `sources: [{ id: web, writeKeys: [k] }]
destinations:
  - id: crm
    sources: [web]
    settings: { webhookUrl: https://crm.example/ }
    delivery: ${delivery}
`;
}

function mistakesOf(delivery: string): readonly string[] {
  return readConfigText(fileWith(delivery), { name: 'f', folder: '.', environment: {} }).mistakes.map((line) =>
    line.replace(/^f:6:\d+ destinations\[0\]\.delivery\.?/, ''),
  );
}

describe("a filter in a destination's delivery", () => {
  it('includes or excludes types and names', () => {
    assert.deepEqual(mistakesOf('{ filter: { types: { include: [track] }, names: { exclude: [Heartbeat] } } }'), []);
    assert.deepEqual(mistakesOf('{ filter: {} }'), []);
  });

  it('has types that there are', () => {
    assert.deepEqual(mistakesOf('{ filter: { types: { include: [trakc] } } }'), [
      'filter.types.include[0]: must be one of `identify`, `track`, `page`, `screen`, `group`, `alias`; did you mean `track`?',
    ]);
  });

  it('has either of the two, with something in it', () => {
    assert.deepEqual(mistakesOf('{ filter: { types: {}, names: { include: [a], exclude: [b] } } }'), [
      'filter.types: must have either `include` or `exclude`',
      'filter.names: must have either `include` or `exclude`',
    ]);
    assert.deepEqual(mistakesOf('{ filter: { names: { include: [] } } }'), [
      'filter.names.include: must have at least 1 entry',
    ]);
  });

  it('has at most 200 names, each a text', () => {
    const names = Array.from({ length: 201 }, (_, index) => `n${index}`).join();
    assert.deepEqual(mistakesOf(`{ filter: { names: { include: [${names}] } } }`), [
      'filter.names.include: has 201 entries; at most 200 are allowed',
    ]);
    assert.deepEqual(mistakesOf('{ filter: { names: { include: [404] } } }'), [
      'filter.names.include[0]: must be text, and YAML reads this as a number; put it in quotes',
    ]);
  });

  it('knows no other key', () => {
    assert.deepEqual(mistakesOf('{ filter: { name: { include: [a] }, types: { includes: [track] } } }'), [
      'filter.name: unknown key `name`; did you mean `names`?',
      'filter.types: must have either `include` or `exclude`',
      'filter.types.includes: unknown key `includes`; did you mean `include`?',
    ]);
  });
});

describe("retries in a destination's delivery", () => {
  const policyOf = (delivery: string): { readonly retries: number; readonly backoffMs: unknown } => {
    const { retries, backoffMs } = load(fileWith(delivery)).config.destinations[0]!.delivery;
    return { retries, backoffMs };
  };

  it('are 20 with the preset `durable`, unless somebody says how many', () => {
    assert.deepEqual(policyOf('{ backoffMs: durable }'), { retries: 20, backoffMs: 'durable' });
    assert.deepEqual(policyOf('{ backoffMs: durable, retries: 3 }'), { retries: 3, backoffMs: 'durable' });
    assert.deepEqual(policyOf('{ backoffMs: [5] }'), { retries: 1, backoffMs: [5] });
  });

  it('are shown as they are, by default where nobody says how many', () => {
    const { values, originOf } = load(fileWith('{ backoffMs: durable }'));
    const { destinations } = values as { destinations: { delivery: { retries: number } }[] };
    assert.equal(destinations[0]?.delivery.retries, 20);
    assert.equal(originOf(['destinations', 0, 'delivery', 'retries']), 'default');
  });

  it('have waits, or the name of a preset', () => {
    const message = 'backoffMs: must be a list of waits in milliseconds, or `durable`';
    assert.deepEqual(mistakesOf('{ backoffMs: endurable }'), [message]);
    assert.deepEqual(mistakesOf('{ backoffMs: 1000 }'), [message]);
    assert.deepEqual(mistakesOf('{ backoffMs: [86400001] }'), ['backoffMs[0]: must be at most 86400000']);
  });

  it('end before their events are forgotten', () => {
    const hour = 'retention: { log: { age: 1h } }\n';
    assertInvalid(
      () => load(hour + fileWith('{ backoffMs: durable }')),
      /sluice\.yaml:7: destinations\[0\]\.delivery: its retries take up to 1449m, and events are forgotten after 1h; shorten `backoffMs`, lower `retries`, or raise `retention\.log\.age`/,
    );
    assertInvalid(() => load(fileWith('{ retries: 8, backoffMs: [86400000] }')), /take up to 8d, .* after 7d/);
    assert.equal(load(hour + fileWith('{ retries: 1, backoffMs: [3600000] }')).config.retention.log.ageMs, 3_600_000);
    assertInvalid(
      () => load(fileWith('{ backoffMs: durable }'), { SLUICE_RETENTION_LOG_AGE: '24h' }),
      /events are forgotten after 1d/,
    );
  });
});
