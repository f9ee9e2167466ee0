/** Request bins of a Sluice in production: for whoever was given their URL, and read by operators alone. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { askApi, callApi } from '../support/management-api.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

interface Bin {
  readonly id: string;
  readonly url: string;
}

async function bodiesIn(sluice: SluiceProcess, { id }: Bin): Promise<readonly string[]> {
  const { body } = await askApi(sluice, `/bins/${id}/requests`);
  return (body as { data: { body: string }[] }).data.map((request) => request.body);
}

const send = async (url: string, body: string): Promise<number> => (await fetch(url, { method: 'PUT', body })).status;

it('a request bin keeps what is sent to it, and its URL over restarts', async (t) => {
  const sluice = await SluiceProcess.start({ config: { storage: { reserve: '0B' } }, keepsPort: true });
  t.after(async () => sluice.close());
  const [mine, other] = (await Promise.all([1, 2].map(async () => askApi(sluice, '/bins', { body: {} })))).map(
    ({ body }) => body as Bin,
  );
  assert.ok(mine !== undefined && other !== undefined);
  assert.equal(await send(mine.url, 'first'), 200);
  assert.deepEqual([await bodiesIn(sluice, mine), await bodiesIn(sluice, other)], [['first'], []]);
  assert.equal((await callApi(sluice, `/bins/${mine.id}/requests`, { token: 'none' })).status, 401);
  assert.equal(await send(`${sluice.url}/bins/dev`, 'x'), 404);

  await sluice.kill9();
  await sluice.restart();
  assert.equal(await send(mine.url, 'second'), 200);
  assert.deepEqual(await bodiesIn(sluice, mine), ['second']);
});
