import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'node:test';
import { BASIC, openBench } from '../../test/support/http-bench.ts';
import type { Sent } from '../../test/support/http-bench.ts';

interface Shown {
  readonly id: string;
  readonly at: string;
  readonly source: string | null;
  readonly reason: string;
  readonly sample: string | null;
  readonly [key: string]: unknown;
}

type Bench = Awaited<ReturnType<typeof openBench>>;

async function get({ send }: Bench, path: string): Promise<{ status: number; body: string }> {
  return send({ method: 'GET', path: `/api/v1${path}`, headers: {}, body: '' });
}

async function list(bench: Bench, query = ''): Promise<{ data: Shown[]; next: string | null }> {
  const { status, body } = await get(bench, `/events?refused=true${query}`);
  assert.equal(status, 200, body);
  return JSON.parse(body) as { data: Shown[]; next: string | null };
}

/** Sends calls that are refused, and waits until they are written. */
async function refuse(bench: Bench, ...calls: readonly Sent[]): Promise<void> {
  for (const call of calls) await bench.send(call);
  await bench.ambient.advance(1_000);
}

const nameless = (userId: string): Sent => ({ body: JSON.stringify({ userId, messageId: `m-${userId}` }) });
const unknown: Sent = { headers: { authorization: `Basic ${btoa('someone-elses-key:')}` } };

describe('the list of refused calls', () => {
  it('shows why each was refused, and what it was', async (context) => {
    const bench = await openBench(context);
    await refuse(bench, nameless('u1'));
    const { data, next } = await list(bench);
    assert.deepEqual(data, [
      {
        id: 'ref_0000001',
        at: '2026-01-01T00:00:00.000Z',
        source: 'website',
        reason: 'event_not_defined',
        message: 'a track call needs `event`, the name of what happened',
        type: 'track',
        route: 'track',
        count: 1,
        messageId: 'm-u1',
        writeKey: 'wk_w…',
        isCut: false,
        sample: '{"userId":"u1","messageId":"m-u1"}',
      },
    ]);
    assert.equal(next, null);
  });

  it('shows what could not be decoded, as far as it came', async (context) => {
    const bench = await openBench(context);
    const gzip = { ...BASIC, 'content-encoding': 'gzip' };
    const broken = '{"userId": "u", broken';
    const cases: readonly (readonly [Sent, reason: string, sample: RegExp | null])[] = [
      [{ body: broken }, 'malformed_json', /^\{"userId": "u", broken$/],
      [{ body: gzipSync(broken), headers: gzip }, 'malformed_json', /^\{"userId": "u", broken$/],
      [{ body: broken, headers: gzip }, 'malformed_gzip', /^\{"userId": "u", broken$/],
      [{ body: '' }, 'malformed_json', null],
      [{ body: `{"pad":"${'x'.repeat(40_000)}"}` }, 'call_too_large', /^\{"pad":"x{4088}$/],
      [{ body: gzipSync(`{"pad":"${'x'.repeat(40_000)}"}`), headers: gzip }, 'call_too_large', null],
      [{ body: broken, headers: { ...BASIC, 'content-encoding': 'br' } }, 'unsupported_encoding', null],
    ];
    for (const [sent, reason, sample] of cases) {
      await refuse(bench, sent);
      const [newest] = (await list(bench, '&limit=1')).data;
      assert.deepEqual([newest?.reason, newest?.source], [reason, 'website']);
      if (sample === null) assert.equal(newest?.sample, null);
      else assert.match(newest?.sample ?? '', sample);
      assert.equal(newest?.isCut, reason === 'call_too_large' && sample !== null);
    }
  });

  it('has one line for a batch that is refused whole, with how many calls it held', async (context) => {
    const bench = await openBench(context);
    const batch = Array.from({ length: 2_501 }, () => ({ type: 'track', userId: 'u', event: 'x' }));
    await refuse(bench, { path: '/v1/batch', body: JSON.stringify({ batch }) });
    const { data } = await list(bench);
    assert.equal(data.length, 1);
    const [{ reason, count, type, route, isCut, sample } = {} as Shown] = data;
    assert.deepEqual([reason, count, type, route, isCut], ['too_many_items', 2_501, null, 'batch', true]);
    assert.ok(sample?.startsWith('[{"type":"track","userId":"u","event":"x"},') && sample.length === 4_096);
  });

  it('has a few lines for the calls of a batch that are refused one by one, and all in the counts', async (context) => {
    const bench = await openBench(context);
    const batch = Array.from({ length: 500 }, () => ({ type: 'track', userId: 'u' }));
    await refuse(bench, { path: '/v1/batch', body: JSON.stringify({ batch }) });
    assert.equal((await list(bench)).data.length, 3);
    const { data } = JSON.parse((await get(bench, '/stats/refused')).body) as { data: { count: number }[] };
    assert.deepEqual(
      data.map(({ count }) => count),
      [500],
    );
  });

  it('never shows a header, and of a write key four characters', async (context) => {
    const bench = await openBench(context);
    const headers = { ...unknown.headers, cookie: 'session=SECRET', 'x-api-key': 'SECRET' };
    await refuse(
      bench,
      { headers, body: '{"userId": "SECRET-less", broken' },
      { ...unknown, headers, body: '{"userId":"u","event":"x","writeKey":"someone-elses-key"}' },
    );
    const { body } = await get(bench, '/events?refused=true');
    assert.doesNotMatch(body, /someone-elses-key|session=|Basic|c29tZW9uZS1lbHNlcy1rZXk/);
    const { data } = await list(bench);
    assert.deepEqual(
      data.map(({ source, writeKey }) => [source, writeKey]),
      [
        [null, 'some…'],
        [null, 'some…'],
      ],
    );
  });

  it('is paged, newest first, and stable while more are refused', async (context) => {
    const bench = await openBench(context);
    for (let call = 0; call < 7; call++) await refuse(bench, nameless(`u${call}`));
    const idsOf = ({ data }: { data: Shown[] }): string[] => data.map(({ id }) => id.at(-1) ?? '');
    const first = await list(bench, '&limit=3');
    assert.deepEqual(idsOf(first), ['7', '6', '5']);
    await refuse(bench, nameless('later'));
    const second = await list(bench, `&limit=3&cursor=${first.next}`);
    assert.deepEqual(idsOf(second), ['4', '3', '2']);
    const third = await list(bench, `&limit=3&cursor=${second.next}`);
    assert.deepEqual([idsOf(third), third.next], [['1'], null]);
  });

  it('takes only those of a source, a reason and a time', async (context) => {
    const bench = await openBench(context);
    await refuse(bench, nameless('u'), unknown);
    await refuse(bench, { body: '[]' });
    const reasons = async (query: string): Promise<string[]> =>
      (await list(bench, query)).data.map(({ reason }) => reason);
    assert.deepEqual(await reasons('&source=website'), ['not_an_object', 'event_not_defined']);
    assert.deepEqual(await reasons('&source='), ['unknown_source']);
    assert.deepEqual(await reasons('&reason=unknown_source&source='), ['unknown_source']);
    assert.deepEqual(await reasons('&reason=nothing'), []);
    assert.deepEqual(await reasons('&from=2026-01-01T00:00:01Z'), ['not_an_object']);
    assert.deepEqual(await reasons('&to=2026-01-01T01:00:01%2B01:00&source=website'), ['event_not_defined']);
    assert.deepEqual(await reasons('&to=2026-01-01T01:00:01+01:00&source=website'), ['event_not_defined']);
    assert.deepEqual(await reasons('&from=2026-01-02'), []);
  });
});

describe('the counts of refused calls', () => {
  it('are sums per span, source, reason and type, of the last day by the hour', async (context) => {
    const bench = await openBench(context);
    await refuse(bench, nameless('u'), nameless('u'), unknown);
    await bench.ambient.advance(3_600_000);
    await refuse(bench, nameless('u'));
    const statsOf = async (query: string): Promise<unknown> => JSON.parse((await get(bench, query)).body);
    const first = { at: '2026-01-01T00:00:00.000Z', reason: 'event_not_defined', source: 'website', type: 'track' };
    const none = { ...first, reason: 'unknown_source', source: null };
    const second = { ...first, at: '2026-01-01T01:00:00.000Z' };
    assert.deepEqual(await statsOf('/stats/refused'), {
      data: [
        { ...none, count: 1 },
        { ...first, count: 2 },
        { ...second, count: 1 },
      ],
      next: null,
    });
    assert.deepEqual(await statsOf('/stats/refused?step=1d&source=website'), {
      data: [{ ...first, count: 3 }],
      next: null,
    });
    assert.deepEqual(await statsOf('/stats/refused?to=2025-12-31'), { data: [], next: null });
  });
});

describe('a mistake in a question', () => {
  const mistakes: readonly (readonly [query: string, parameter: string])[] = [
    ['/events?refused=maybe', 'refused'],
    ['/events?refused=true&sorce=website', 'sorce'],
    ['/events?refused=true&limit=0', 'limit'],
    ['/events?refused=true&limit=201', 'limit'],
    ['/events?refused=true&limit=1.5', 'limit'],
    ['/events?refused=true&limit=1&limit=2', 'limit'],
    ['/events?refused=true&from=yesterday', 'from'],
    ['/events?refused=true&to=1767225600000', 'to'],
    ['/events?refused=true&cursor=evt_1', 'cursor'],
    ['/stats/refused?step=1', 'step'],
    ['/stats/refused?step=0m', 'step'],
    ['/stats/refused?step=1.5h', 'step'],
    ['/bins/dev/requests?limit=501', 'limit'],
    ['/bins/dev/requests?cursor=x', 'cursor'],
  ];
  for (const [query, parameter] of mistakes) {
    it(`is told by the parameter: ${query}`, async (context) => {
      const bench = await openBench(context);
      const { status, body } = await get(bench, query);
      const { error } = JSON.parse(body) as { error: { code: string; details: Record<string, unknown> } };
      assert.deepEqual([status, error.code, error.details.parameter], [400, 'invalid_parameter', parameter]);
    });
  }
});
