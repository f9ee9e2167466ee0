import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { REFUSALS } from '../../src/domain/refusal.ts';
import { callApi, tokenOf } from '../support/management-api.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const CONFIG = {
  storage: { reserve: '0B' },
  sources: [
    { id: 'website', writeKeys: ['wk_website'] },
    { id: 'closed', enabled: false, writeKeys: ['wk_closed'] },
  ],
};

interface Shown {
  readonly reason: string;
  readonly source: string | null;
  readonly sample: string | null;
  readonly writeKey: string | null;
  readonly count: number;
}

async function list(sluice: SluiceProcess, query = ''): Promise<readonly Shown[]> {
  const response = await callApi(sluice, `/events?refused=true&limit=200${query}`);
  assert.equal(response.status, 200);
  return ((await response.json()) as { data: Shown[] }).data;
}

async function counted(sluice: SluiceProcess): Promise<number> {
  const response = await callApi(sluice, '/stats/refused');
  const { data } = (await response.json()) as { data: { count: number }[] };
  return data.reduce((sum, { count }) => sum + count, 0);
}

/** Asks until it is so: what is refused is written within about a second. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isSo())) assert.ok(performance.now() < deadline, 'not so within 10 s');
}

const consent = (context: object): object => ({ userId: 'u', event: 'Segment Consent Preference Updated', context });
const categories = (categoryPreferences: unknown): object => ({ consent: { categoryPreferences } });

interface Call {
  readonly path?: string;
  readonly body: unknown;
  readonly writeKey?: string;
  readonly gzip?: true;
}

/** By reason: a call that is refused for it, and what its sample begins with. */
const CALLS: Readonly<Record<string, readonly [Call, sample: string | null]>> = {
  empty_batch: [{ path: '/v1/batch', body: { batch: [] } }, '[]'],
  no_user_anon_id: [{ body: { event: 'x' } }, '{"event":"x"}'],
  id_required: [{ path: '/v1/group', body: { userId: 'u' } }, '{"userId":"u"}'],
  id_not_string: [{ body: { userId: 7, event: 'x' } }, '{"userId":7,'],
  event_not_defined: [{ body: { userId: 'u' } }, '{"userId":"u"}'],
  event_not_string: [{ body: { userId: 'u', event: 7 } }, '{"userId":"u","event":7}'],
  properties_not_object: [{ body: { userId: 'u', event: 'x', properties: [] } }, '{"userId":"u","event":"x",'],
  traits_not_object: [{ path: '/v1/identify', body: { userId: 'u', traits: 7 } }, '{"userId":"u","traits":7}'],
  name_not_string: [{ path: '/v1/page', body: { userId: 'u', name: 7 } }, '{"userId":"u","name":7}'],
  category_not_string: [{ path: '/v1/page', body: { userId: 'u', category: 7 } }, '{"userId":"u","category":7}'],
  consent_categorypreferences_should_exist: [{ body: consent({}) }, '{"userId":"u",'],
  consent_categorypreferences_fields_should_be_object: [{ body: consent(categories('all')) }, '{"userId":"u",'],
  consent_categorypreferences_fields_should_be_bool: [{ body: consent(categories({ ads: 1 })) }, '{"userId":"u",'],
  consent_version_should_be_number: [
    { body: consent({ consent: { categoryPreferences: {}, version: '2' } }) },
    '{"userId":"u",',
  ],
  device_advertisingid_should_be_string: [
    { body: consent({ ...categories({}), device: { advertisingId: 7 } }) },
    '{"userId":"u",',
  ],
  unknown_source: [{ body: { userId: 'u', event: 'x' }, writeKey: 'wk_nobody' }, '{"userId":"u","event":"x"}'],
  source_disabled: [{ body: { userId: 'u', event: 'x' }, writeKey: 'wk_closed' }, '{"userId":"u","event":"x"}'],
  item_not_object: [{ path: '/v1/batch', body: { batch: [7] } }, '7'],
  type_unknown: [{ path: '/v1/batch', body: { batch: [{ userId: 'u', type: 'Track' }] } }, '{"userId":"u",'],
  item_too_large: [
    { path: '/v1/batch', body: { batch: [{ type: 'page', userId: 'u', pad: 'x'.repeat(33_000) }] } },
    '{"type":"page","userId":"u","pad":"xxxx',
  ],
  too_many_items: [{ path: '/v1/batch', body: { batch: Array(2_501).fill(0) } }, '[0,0,0,0,'],
  malformed_json: [{ body: '{"a": broken' }, '{"a": broken'],
  not_an_object: [{ body: '[1]' }, '[1]'],
  batch_not_array: [{ path: '/v1/batch', body: { batch: 7 } }, '{"batch":7}'],
  too_deep: [{ body: `{"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}` }, '{"a":[[[['],
  call_too_large: [{ body: { pad: 'x'.repeat(33_000) } }, '{"pad":"xxxx'],
  batch_too_large: [{ path: '/v1/batch', body: { pad: 'x'.repeat(600_000) } }, '{"pad":"xxxx'],
  malformed_gzip: [{ body: '{"a":1}', gzip: true }, '{"a":1}'],
  write_key_missing: [{ body: { userId: 'u', event: 'x' }, writeKey: '' }, '{"userId":"u","event":"x"}'],
};

async function send(sluice: SluiceProcess, { path = '/v1/track', body, writeKey = 'wk_website', gzip }: Call) {
  const headers: Record<string, string> = gzip === true ? { 'content-encoding': 'gzip' } : {};
  return post(sluice.url, path, body, { headers, ...(writeKey === '' ? {} : { writeKey }) });
}

describe('refused calls', () => {
  it('are listed by every reason with what was sent, and still there after a crash and a stop', async () => {
    const missing = Object.keys(REFUSALS).filter((reason) => !(reason in CALLS));
    assert.deepEqual(missing, []);
    await using sluice = await SluiceProcess.start({ config: CONFIG });
    const all = Object.entries(CALLS);
    let sent = 0;
    // A few at a time, because of a source no more than ten samples are taken a second.
    for (let first = 0; first < all.length; first += 8) {
      const some = all.slice(first, first + 8);
      for (const [, [call]] of some) await send(sluice, call);
      sent += some.length;
      await until(async () => (await list(sluice)).length === sent);
    }
    const listed = await list(sluice);
    for (const [reason, [, sample]] of all) {
      const found = listed.find((each) => each.reason === reason);
      assert.ok(found !== undefined, reason);
      if (sample !== null) assert.ok(found.sample?.startsWith(sample), `${reason}: ${found.sample}`);
      const source = { unknown_source: null, write_key_missing: null, source_disabled: 'closed' }[reason];
      assert.equal(found.source, source === undefined ? 'website' : source, reason);
    }
    const calls = listed.reduce((sum, { count }) => sum + count, 0);
    assert.equal(await counted(sluice), calls);
    await sluice.kill9();
    await sluice.restart();
    assert.deepEqual(await list(sluice), listed);
    assert.equal(await sluice.terminate(), 0);
    await sluice.restart();
    assert.deepEqual(await list(sluice), listed);
    assert.equal(await counted(sluice), calls);
  });

  it('take no more room for coming in a flood, and are all counted', async () => {
    await using sluice = await SluiceProcess.start({ config: CONFIG });
    const garbage = Array.from({ length: 100 }, () => ({ type: 'track', event: 'x', pad: 'x'.repeat(4_000) }));
    const startedAtMs = performance.now();
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        ['wk_website', 'wk_nobody', 'wk_closed'].map(async (writeKey) =>
          send(sluice, { path: '/v1/batch', body: { batch: garbage }, writeKey }),
        ),
      );
    }
    const seconds = Math.ceil((performance.now() - startedAtMs) / 1_000) + 1;
    await until(async () => (await counted(sluice)) === 6_000);
    const samples = await list(sluice);
    assert.ok(samples.length >= 3 && samples.length <= 9 * seconds, `${samples.length} in ${seconds} s`);
    const bytes = ['refused.db', 'refused.db-wal'].reduce(
      (sum, name) => sum + statSync(join(sluice.dataDir, name)).size,
      0,
    );
    // Each sample is at most 4 KiB, once in the write-ahead log and once in the file.
    assert.ok(bytes < 200_000 + samples.length * 16_384, `${bytes} bytes for ${samples.length} samples`);
  });

  it('never hold a credential', async () => {
    await using sluice = await SluiceProcess.start({ config: CONFIG });
    const secret = 'sk-live-0123456789';
    await send(sluice, { body: { userId: 'u', writeKey: secret }, writeKey: secret });
    await send(sluice, { body: `{"writeKey":"${secret}", broken`, writeKey: secret });
    await send(sluice, { path: '/v1/batch', body: { batch: [{ writeKey: secret }] }, writeKey: '' });
    await until(async () => (await list(sluice)).length === 3);
    assert.deepEqual(
      (await list(sluice)).map(({ writeKey }) => writeKey),
      ['sk-l…', 'sk-l…', 'sk-l…'],
    );
    const token = tokenOf(sluice);
    await sluice.terminate();
    const stored = readFileSync(join(sluice.dataDir, 'refused.db'), 'latin1');
    for (const text of [secret, btoa(`${secret}:`), 'Basic', token]) {
      assert.ok(!stored.includes(text), text);
      assert.ok(!sluice.stderr.includes(text), text);
    }
  });
});

describe('the API token', () => {
  it('of serve is made at the first start, kept, and named to the log by its place alone', async () => {
    await using sluice = await SluiceProcess.start({ config: CONFIG });
    const file = join(sluice.dataDir, 'admin.token');
    const token = tokenOf(sluice);
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const line = JSON.parse(await sluice.logged(/API token/)) as { file: string };
    assert.equal(line.file, file);
    for (const wrong of ['', 'x', 'wk_website', `${token}x`]) {
      assert.equal((await callApi(sluice, '/stats/refused', { token: wrong })).status, 401, wrong);
    }
    await sluice.terminate();
    await sluice.restart();
    assert.equal((await callApi(sluice, '/stats/refused', { token })).status, 200);
    assert.ok(!sluice.stderr.includes(token) && !sluice.stdout.join('\n').includes(token));
  });

  it('that is configured stands in no file', async () => {
    const token = 'chosen-7fK2xWq9ZtLm';
    await using sluice = await SluiceProcess.start({ config: { ...CONFIG, admin: { token } } });
    assert.equal((await callApi(sluice, '/stats/refused', { token })).status, 200);
    assert.ok(!existsSync(join(sluice.dataDir, 'admin.token')));
    assert.ok(!sluice.stderr.includes('API token'));
  });

  it('is not needed for dev from this machine, and is for what a proxy passes on', async () => {
    await using sluice = await SluiceProcess.start({ command: 'dev' });
    const asked = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${sluice.url}/api/v1/bins/dev/requests`, { headers })).status;
    assert.equal(await asked({}), 200);
    assert.equal(await asked({ 'x-forwarded-for': '203.0.113.5' }), 401);
    assert.equal(await asked({ origin: 'https://evil.example' }), 401);
    assert.ok(!existsSync(join(sluice.dataDir, 'admin.token')));
  });
});
