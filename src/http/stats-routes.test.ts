import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openBench } from '../../test/support/http-bench.ts';

async function open(context: TestContext) {
  const bench = await openBench(context);
  bench.log.append = async (batch) => Promise.resolve(new Float64Array(batch.length).fill(1));
  const accepted = async (query = ''): Promise<unknown> => {
    const asked = { method: 'GET', path: `/api/v1/stats/accepted${query}`, headers: {}, body: '' };
    const { status, body } = await bench.send(asked);
    assert.equal(status, 200, body);
    return JSON.parse(body);
  };
  return { ...bench, accepted };
}

describe('what is accepted', () => {
  it('is told by source and minute, with how much it is now', async (context) => {
    const { send, ambient, accepted } = await open(context);
    const since = '2026-01-01T00:00:00.000Z';
    assert.deepEqual(await accepted(), { data: [], next: null, since });
    await send();
    await ambient.advance(90_000);
    for (let call = 0; call < 7; call++) await send();
    await ambient.advance(3_333);
    const website = {
      source: 'website',
      perSecond: 0.7,
      minutes: [
        { at: '2026-01-01T00:00:00.000Z', accepted: 1 },
        { at: '2026-01-01T00:01:00.000Z', accepted: 7 },
      ],
    };
    assert.deepEqual(await accepted(), { data: [website], next: null, since });
    assert.deepEqual(await accepted('?source=website'), { data: [website], next: null, since });
    assert.deepEqual(await accepted('?source=other'), { data: [], next: null, since });
  });

  it('is nothing of a source whose calls were all refused', async (context) => {
    const { send, accepted } = await open(context);
    await send({ body: '[]' });
    await send({ headers: { authorization: `Basic ${btoa('no-such-key:')}` } });
    const { data } = (await accepted()) as { readonly data: unknown };
    assert.deepEqual(data, [{ source: 'website', perSecond: 0, minutes: [] }]);
  });
});
