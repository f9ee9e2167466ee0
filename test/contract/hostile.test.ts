/**
 * Whatever is asked of the management API, it is answered as its contract says: never by a 5xx but one that says when to
 * come again, never by a reset, and nobody else notices.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { makeClient } from '../../src/contract/client.ts';
import { errorAnswer } from '../../src/contract/error-answer.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { OPERATIONS } from '../../src/contract/operations.ts';
import { ERRORS, type ErrorCode } from '../../src/domain/errors.ts';
import { testsAtOnceMax } from '../../src/domain/limits.ts';
import { assertAnswer, operationAt } from '../support/contract.ts';
import { arbitraryRequests, type Known, type MadeUp } from './arbitrary-request.ts';
import { bringTraffic, openScene, type Scene, until } from './scene.ts';

const IS_LONG = process.env['SLUICE_TEST_LONG'] === '1';
const REQUESTS = IS_LONG ? 30_000 : 3_000;
/** What goes wrong is made smaller for so long, and told as it is by then. */
const SEARCH = {
  ...{ interruptAfterTimeLimit: IS_LONG ? 500_000 : 40_000, numRuns: REQUESTS },
  // The short run makes up the same each time, or some operation would succeed in all runs but one of a thousand.
  ...(IS_LONG ? {} : { seed: 20_261_129 }),
};

/** Of what operators make, and delete again. */
const OF_EACH = 20;

let scene: Scene;
/** Operations that were done at least once. */
const done = new Set<string>();
before(async () => {
  scene = await openScene();
  await bringTraffic(scene);
});
after(async () => {
  await scene[Symbol.asyncDispose]();
});

interface Made {
  readonly id: string;
  readonly writeKeys?: readonly string[];
  readonly token?: string;
}

/** Something of everything, made for this: so many that deletions leave some. */
async function knownOf(scene: Scene): Promise<Known> {
  const { sluice, json, receiver } = scene;
  const settings = { webhookUrl: receiver.url('/made'), sharedSecret: 'old' };
  const writeKeys: Known['writeKeys'][number][] = [];
  const binRequests: Known['binRequests'][number][] = [];
  const tokens: string[] = [];
  const ids: Record<string, string[]> = {};
  const make = async (resource: string, body: object): Promise<Made> => {
    const made = (await json('POST', `/${resource}`, body)).body as Made;
    (ids[resource] ??= []).push(made.id);
    return made;
  };
  for (let n = 0; n < OF_EACH; n += 1) {
    const source = await make('sources', { name: `Made ${n}`, writeKeys: [`wk_made_${n}`, `wk_other_${n}`] });
    writeKeys.push(...(source.writeKeys ?? []).map((key) => ({ id: source.id, key })));
    const { id } = await make('destinations', { name: `Made ${n}`, sources: [source.id], settings });
    // A rotation that can be ended early.
    await json('PATCH', `/destinations/${id}`, { settings: { sharedSecret: 'new' } });
    tokens.push((await make('tokens', { name: `made ${n}`, role: 'viewer' })).token ?? '');
    const { id: bin } = await make('bins', {});
    await fetch(`${sluice.url}/bins/${bin}`, { method: 'POST', body: 'kept' });
    const [{ id: request } = { id: '' }] = await until(json, `/bins/${bin}/requests`, 1);
    binRequests.push({ id: bin, request });
  }
  for (let n = 0; n < 5; n += 1) await make('replays', { destination: 'crm', ratePerSecond: 0.1 });
  const carried = await carriedTo('made', scene);
  ids['listeners'] = ['made'];
  const people = ['u3', 'u4', 'u5', 'u6'];
  for (const userId of people) await make('erasures', { userId, suppress: true });
  const cursors: string[] = [];
  for (const path of ['events', 'deliveries', 'audit', 'sources', 'destinations', 'tokens', 'events?refused=true']) {
    const { body } = await json('GET', `/${path}${path.includes('?') ? '&' : '?'}limit=3`);
    const { data, next } = body as { readonly data: readonly { readonly id: string }[]; readonly next: string | null };
    (ids[path.split('?', 1)[0] ?? ''] ??= []).push(...data.map(({ id }) => id));
    if (next !== null) cursors.push(next);
  }
  return {
    ...{ ids, writeKeys, binRequests, carried, tokens, people, cursors, settings: JSON.stringify(settings) },
    urls: [receiver.url('/made'), receiver.url('/crm'), 'https://hooks.example/a?b=c', 'http://10.0.0.1'],
  };
}

/** Others are to be sent, too. */
const CARRIED = testsAtOnceMax / 2;

/** Requests to a listener that nobody has answered yet, and nobody listens for any more. */
async function carriedTo(name: string, { sluice, token }: Scene): Promise<readonly string[]> {
  const client = makeClient({ url: sluice.url, token });
  const { id } = await client.createDestination({
    body: {
      ...{ name, sources: ['web'], settings: { webhookUrl: `listener:${name}` } },
      // Longer than all that follows.
      delivery: { timeoutMs: 60_000 },
    },
  });
  // Told when their time is up, or Sluice is stopped: nobody waits for that.
  for (let n = 0; n < CARRIED; n += 1) void client.testDestination({ params: { id }, body: {} }).catch(() => undefined);
  const carried: string[] = [];
  for await (const { kind, data } of client.listen({ params: { name } })) {
    if (kind === 'request') carried.push(data.id);
    if (carried.length === CARRIED) break;
  }
  return carried;
}

async function check({ id, target, headers, body, from }: MadeUp): Promise<void> {
  const operation: Operation = OPERATIONS[id];
  const authorization = { authorization: `Bearer ${scene.token}` };
  const told = await scene.ask({
    method: operation.method,
    target,
    headers: { ...headers, ...authorization },
    body,
    from,
  });
  assert.ok(told.status < 500 || told.status === 503, `${told.status} ${told.text}`);
  if (told.status < 300) done.add(id);
  const isStream = told.headers['content-type']?.startsWith('text/event-stream') === true;
  if (isStream) return;
  const answer = { status: told.status, body: told.text === '' ? null : (JSON.parse(told.text) as unknown) };
  if (told.status >= 400) {
    const { error } = errorAnswer.parse(answer.body);
    assert.equal(ERRORS[error.code as ErrorCode].status, told.status, told.text);
    if (error.code === 'not_found') return;
  }
  // A slash or a dot in a path may make it that of another.
  const asked = operationAt(operation.method, target) ?? id;
  if (!/\/(\.|%2e|\/|$)/i.test(target.split('?')[0] ?? '')) assertAnswer(asked, answer);
}

describe('a request of the management API', () => {
  it('is answered as its contract says, whatever it is', async () => {
    const known = await knownOf(scene);
    await fc.assert(fc.asyncProperty(arbitraryRequests(known), check), SEARCH);
  });

  it('was done in some form by each operation', () => {
    assert.deepEqual(
      Object.keys(OPERATIONS).filter((id) => !done.has(id)),
      [],
    );
  });

  it('has ended nothing, and found no bug', async () => {
    assert.equal((await fetch(`${scene.sluice.url}/livez`)).status, 200);
    assert.equal((await fetch(`${scene.sluice.url}/readyz`)).status, 200);
    assert.doesNotMatch(scene.sluice.stderr, /"level":"?(error|fatal|50|60)/);
    assert.equal(await scene.sluice.terminate(), 0);
  });
});
