import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import type { Destination, SuccessRule } from '../domain/destination.ts';
import { endpointKeyOf } from '../domain/lane-plan.ts';

const A = 'https://a.example/';
const B = 'https://b.example/';
const C = 'https://c.example/';

/** With few slots and no wait worth speaking of. */
function crm(success: SuccessRule, urls: readonly string[] = [A, B], more: Partial<Destination> = {}): Destination {
  return makeDestination('crm', urls, { success, concurrency: 2, retries: 3, backoffMs: [60_000] }, more);
}

const laneAt = (url: string): string => `crm/${endpointKeyOf(url)}`;

async function update(inside: Inside, ...destinations: readonly Destination[]): Promise<void> {
  const updated = inside.update(destinations);
  await inside.settle();
  await updated;
  await inside.settle();
}

describe('success', () => {
  it('at any endpoint finishes the delivery', async () => {
    const inside = await Inside.start([crm('any')]);
    inside.behave(A, 500);
    await inside.append(['e']);
    await inside.ambient.advance(600_000);
    assert.deepEqual([inside.namesAt(A), inside.namesAt(B)], [['e'], ['e']]);
  });

  it('at every endpoint is asked of each, and only those that failed are tried again', async () => {
    const inside = await Inside.start([crm('every')]);
    inside.behave(A, 500, 500, 200);
    await inside.append(['e']);
    await inside.ambient.advance(600_000);
    assert.deepEqual([inside.namesAt(A), inside.namesAt(B)], [['e', 'e', 'e'], ['e']]);
    assert.deepEqual(inside.died, []);
  });

  it('at every endpoint leaves an event dead where the retries are spent, and nowhere else', async () => {
    const inside = await Inside.start([crm('every')]);
    inside.behave(A, 500);
    const [position] = await inside.append(['e']);
    await inside.ambient.advance(600_000);
    assert.deepEqual(
      inside.died.map(({ destination, reason }) => [destination, reason]),
      [['crm', 'http_500']],
    );
    assert.equal((await inside.store.floors()).get(laneAt(B)), position);
  });
});

describe('the lanes of success at every endpoint', () => {
  it('do not delay each other', async () => {
    const inside = await Inside.start([crm('every')]);
    inside.behave(A, 'hang');
    const names = Array.from({ length: 100 }, (_, index) => `e${index}`);
    await inside.append(names);
    assert.deepEqual([inside.namesAt(A).length, inside.namesAt(B).length], [2, 100]);
  });

  it('are told as one destination', async () => {
    const inside = await Inside.start([crm('every')]);
    inside.behave(A, 'hang');
    inside.behave(B, 500);
    await inside.append(['e0', 'e1', 'e2']);
    const statuses = await inside.dispatcher.status();
    assert.deepEqual(
      statuses.map(({ destination, waiting, parked, inFlight }) => [destination, waiting, parked, inFlight]),
      [['crm', 6, 3, 2]],
    );
    assert.ok(inside.reports.every(({ destination }) => destination === 'crm'));
  });

  it('count what is filtered once for all of them', async () => {
    const destination = crm('every');
    const filter = { names: { exclude: ['Heartbeat'] } };
    const inside = await Inside.start([{ ...destination, delivery: { ...destination.delivery, filter } }]);
    await inside.append(['Heartbeat']);
    assert.deepEqual([inside.filtered, inside.sent], [['crm'], []]);
  });

  it('stay when a header or the secret of their endpoint changes, with what they are owed', async () => {
    const inside = await Inside.start([crm('every', [A])]);
    inside.behave(A, 500, 200);
    await inside.append(['e']);
    const changed = { endpoints: [{ url: A, headers: { 'X-New': '1' }, auth: null }], sharedSecret: 's' };
    await update(inside, crm('every', [], changed));
    await inside.ambient.advance(60_000);
    assert.deepEqual(
      inside.sent.map(({ target }) => target.headers['X-New']),
      [undefined, '1'],
    );
  });

  it('begin with what comes from then on for a new endpoint, while those of the others go on', async () => {
    const inside = await Inside.start([crm('every', [A])]);
    inside.behave(A, 'hang');
    await inside.append(['before']);
    await update(inside, crm('every', [A, B]));
    await inside.append(['after']);
    assert.deepEqual([inside.namesAt(A), inside.namesAt(B)], [['before', 'after'], ['after']]);
  });

  it('are forgotten with their endpoint, and what it was owed is cancelled', async () => {
    const inside = await Inside.start([crm('every')]);
    inside.behave(A, 500);
    await inside.append(['e']);
    await update(inside, crm('every', [B]));
    await inside.ambient.advance(600_000);
    assert.deepEqual(inside.namesAt(A), ['e']);
    assert.deepEqual([...(await inside.store.floors()).keys()], [laneAt(B)]);
    assert.deepEqual(inside.finished(), [['cancelled', 'endpoint_removed']]);
  });
});

describe('a change of success', () => {
  it('from any to every has each endpoint get what none had taken, and nothing else again', async () => {
    const inside = await Inside.start([crm('any')]);
    await inside.append(['taken']);
    inside.behave(A, 500, 200);
    inside.behave(B, 500, 200);
    await inside.append(['failed']);
    await update(inside, crm('every'));
    await inside.append(['new']);
    await inside.ambient.advance(600_000);
    assert.deepEqual(inside.namesAt(A), ['taken', 'failed', 'new', 'failed']);
    assert.deepEqual(inside.namesAt(B), ['taken', 'failed', 'new', 'failed']);
  });

  it('from every to any is done with what one endpoint has taken, and goes on with what none has', async () => {
    const inside = await Inside.start([crm('every')]);
    inside.behave(A, 500, 500, 200);
    inside.behave(B, 200, 500, 200);
    await inside.append(['taken at b']);
    await inside.append(['failed']);
    await update(inside, crm('any'));
    await inside.ambient.advance(600_000);
    assert.deepEqual(inside.namesAt(A), ['taken at b', 'failed', 'failed']);
    assert.deepEqual(inside.namesAt(B), ['taken at b', 'failed', 'failed']);
    assert.deepEqual(inside.died, []);
  });

  it('goes on where the slowest lane stopped, also for what came before an endpoint was there', async () => {
    const inside = await Inside.start([crm('every', [A])]);
    inside.behave(A, 'hang');
    await inside.append(['e0', 'e1', 'e2', 'e3']);
    await update(inside, crm('every', [A, B]));
    await inside.append(['e4']);
    assert.deepEqual([inside.namesAt(A), inside.namesAt(B)], [['e0', 'e1'], ['e4']]);
    const updated = inside.update([crm('any', [A, B])]);
    inside.behave(A, 200);
    await inside.release(A);
    await inside.settle();
    await updated;
    await inside.settle();
    assert.deepEqual(inside.namesAt(A), ['e0', 'e1', 'e2', 'e3']);
    assert.deepEqual(inside.namesAt(B), ['e4', 'e2', 'e3']);
  });

  it('holds whatever else changes with it: what the old endpoints owed goes to the new ones', async () => {
    const inside = await Inside.start([crm('every')]);
    inside.behave(A, 500);
    inside.behave(B, 500);
    await inside.append(['e']);
    await update(inside, crm('any', [C]));
    await inside.ambient.advance(600_000);
    assert.deepEqual(inside.namesAt(C), ['e']);
  });

  it('that is made while nothing runs is found at the next start', async () => {
    const inside = await Inside.start([crm('any')]);
    inside.behave(A, 500, 200);
    inside.behave(B, 500, 200);
    await inside.append(['e']);
    const stopped = inside.dispatcher.stop(1_000);
    await inside.settle();
    await stopped;
    await inside.startDispatcher([crm('every')]);
    await inside.ambient.advance(600_000);
    assert.deepEqual(
      [inside.namesAt(A), inside.namesAt(B)],
      [
        ['e', 'e'],
        ['e', 'e'],
      ],
    );
  });

  for (const [from, to] of [
    ['any', 'every'],
    ['every', 'any'],
  ] as const) {
    for (const moment of ['while its lanes drain', 'once they have drained'] as const) {
      it(`from ${from} to ${to} loses nothing when the process dies ${moment}`, async () => {
        const inside = await Inside.start([crm(from)]);
        inside.behave(A, 500);
        inside.behave(B, 500);
        await inside.append(['parked']);
        inside.behave(A, 'hang');
        inside.behave(B, 'hang');
        await inside.append(['in flight', 'in flight too', 'not taken']);
        void inside.update([crm(to)]);
        if (moment === 'once they have drained') {
          inside.behave(A, 500);
          inside.behave(B, 500);
          await inside.release(A, 500);
          await inside.release(B, 500);
        }
        inside.behave(A, 200);
        inside.behave(B, 200);
        await inside.crash([crm(to)]);
        await inside.ambient.advance(600_000);
        const last = (url: string): readonly string[] => [...new Set(inside.namesAt(url))].sort();
        const all = ['in flight', 'in flight too', 'not taken', 'parked'];
        assert.deepEqual([last(A), last(B)], [all, all]);
        assert.deepEqual([inside.died, inside.failures], [[], []]);
        const floors = [...(await inside.store.floors()).keys()].sort();
        assert.deepEqual(floors, to === 'any' ? ['crm'] : [laneAt(A), laneAt(B)].sort());
      });
    }
  }
});
