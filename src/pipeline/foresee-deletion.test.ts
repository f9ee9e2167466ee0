import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Inside, makeDestination } from '../../test/support/inside.ts';
import { SluiceError } from '../domain/errors.ts';
import { NO_PROGRESS, type Replay, type ReplayState } from '../domain/replay.ts';
import { makeSource } from '../domain/source.ts';
import { type ForeseeParts, makeForesee } from './foresee-deletion.ts';
import type { LaneStatus } from './lane-status.ts';

const sources = [
  makeSource({ id: 'web', writeKeys: ['wk1', 'wk2'] }),
  makeSource({ id: 'app', writeKeys: ['wk3'] }),
  makeSource({ id: 'idle', writeKeys: [] }),
];
const destinations = [
  makeDestination('crm', ['/a'], {}, { sources: ['web'] }),
  makeDestination('ads', ['/b'], {}, { sources: ['web', 'app'] }),
  makeDestination('off', ['/c'], {}, { sources: ['web'], enabled: false }),
];
const STATUS: LaneStatus = {
  ...{ destination: 'crm', waiting: 12, parked: 3, inFlight: 2, oldestAtMs: 1, expired: 0, endpoints: [] },
};

const replay = (id: string, destination: string, state: ReplayState): Replay => ({
  ...{ id, destination, state, filter: {}, fromMs: null, toMs: null, ratePerSecond: null, sources: ['web'] },
  ...{ after: 0, upTo: 1, reason: null, events: 0, lanes: [], endedAtMs: null, progress: NO_PROGRESS, createdAtMs: 0 },
});
const REPLAYS = [
  replay('rpl_1', 'crm', 'running'),
  replay('rpl_2', 'crm', 'finished'),
  replay('rpl_3', 'ads', 'paused'),
  replay('rpl_4', 'crm', 'counting'),
];

function foresee(more: Partial<ForeseeParts> = {}) {
  return makeForesee({
    workspace: { current: () => ({ sources, destinations }) },
    replays: { list: () => REPLAYS },
    status: async () => Promise.resolve([STATUS, { ...STATUS, destination: 'ads', waiting: 7 }]),
    dead: async () => Promise.resolve({ count: 5, isAll: true }),
    ...more,
  });
}

const codeOf = (code: string) => (error: unknown) => error instanceof SluiceError && error.code === code;

describe('what the deletion of a destination takes along', () => {
  it('is what it is owed, what could be retried, and replays that have not ended', async () => {
    assert.deepEqual(await foresee().destination('crm'), {
      owed: { waiting: 12, parked: 3, inFlight: 2 },
      dead: { count: 5, isAll: true },
      replays: ['rpl_1', 'rpl_4'],
    });
  });

  it('is nothing that waits where it is disabled, and not known where nobody answers', async () => {
    assert.deepEqual((await foresee().destination('off')).owed, { waiting: 0, parked: 0, inFlight: 0 });
    const none = async () => Promise.resolve(null);
    assert.deepEqual(await foresee({ status: none, dead: none }).destination('ads'), {
      ...{ owed: null, dead: null, replays: ['rpl_3'] },
    });
    await assert.rejects(foresee().destination('no'), codeOf('destination_not_found'));
  });
});

describe('what the deletion of a source takes along', () => {
  it('is its write keys, and the source of destinations, of which some may be left with none', async () => {
    assert.deepEqual(await foresee().source('web'), {
      writeKeys: 2,
      destinations: [
        { id: 'crm', isLeftWithout: true, waiting: 12 },
        { id: 'ads', isLeftWithout: false, waiting: 7 },
        { id: 'off', isLeftWithout: true, waiting: 0 },
      ],
    });
    assert.deepEqual(await foresee().source('idle'), { writeKeys: 0, destinations: [] });
    await assert.rejects(foresee().source('no'), codeOf('source_not_found'));
  });

  it('leaves behind a destination that keeps what it has parked, and is sent nothing else', async () => {
    const crm = makeDestination('crm', ['/a'], { retries: 1, backoffMs: [60_000] });
    const inside = await Inside.start([crm]);
    inside.behave('/a', 500, 200);
    await inside.append(['parked']);
    const paused = inside.dispatcher.pause('crm', null);
    await inside.settle();
    await paused;
    await inside.append(['waits']);
    const updated = inside.update([{ ...crm, sources: [] }]);
    await inside.settle();
    await updated;
    const resumed = inside.dispatcher.resume('crm', null);
    await inside.ambient.advance(120_000);
    await resumed;
    assert.deepEqual(inside.namesAt('/a'), ['parked', 'parked']);
    await inside.append(['new']);
    assert.equal(inside.namesAt('/a').length, 2);
    const [status] = await inside.dispatcher.status(true, 'crm');
    assert.deepEqual([status?.waiting, status?.oldestAtMs], [0, null]);
    assert.deepEqual(inside.failures, []);
  });
});
