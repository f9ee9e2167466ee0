import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { SluiceError } from '../domain/errors.ts';
import type { EndpointState } from '../domain/endpoint-standing.ts';
import type { OwedSample } from '../ports/delivery-store.ts';
import { OwedSampler, type OwedSamplerOptions } from './sample-owed.ts';

type Status = Awaited<ReturnType<OwedSamplerOptions['observe']>>[number];

const statusOf = (destination: string, waiting: number, ...states: EndpointState[]): Status => ({
  ...{ destination, waiting },
  endpoints: states.map((state, index) => ({ url: `/${index}`, state, reason: null, sinceMs: null })),
});

function makeSampler(observe: () => readonly Status[] | Promise<readonly Status[]>) {
  const ambient = new SimulatedAmbient();
  const first = Math.floor(ambient.nowMs() / 60_000);
  const noted: (readonly [minute: number, samples: readonly OwedSample[]])[] = [];
  const failures: unknown[] = [];
  const disk: { error: Error | null } = { error: null };
  const sampler = new OwedSampler({
    observe: async () => Promise.resolve(observe()),
    store: {
      noteOwed: async (minute, samples) => {
        if (disk.error !== null) return Promise.reject(disk.error);
        noted.push([minute - first, samples]);
        return Promise.resolve();
      },
    },
    ambient,
    onFailure: (error) => void failures.push(error),
  });
  return { sampler, ambient, noted, failures, disk, minutes: () => noted.map(([minute]) => minute) };
}

describe('the sampler of what is owed', () => {
  it('notes where something waits, and where nothing goes out', async () => {
    const { sampler, ambient, noted } = makeSampler(() => [
      statusOf('idle', 0, 'open'),
      statusOf('behind', 3, 'open'),
      statusOf('half', 4, 'open', 'held'),
      statusOf('held', 5, 'held', 'paused'),
      statusOf('paused', 0, 'paused'),
    ]);
    sampler.start();
    await ambient.advance(0);
    assert.deepEqual(noted, [
      [
        0,
        [
          { destination: 'behind', waiting: 3, isHeld: false },
          { destination: 'half', waiting: 4, isHeld: false },
          { destination: 'held', waiting: 5, isHeld: true },
          { destination: 'paused', waiting: 0, isHeld: true },
        ],
      ],
    ]);
  });

  it('does so when it starts and as each minute begins, whatever the clock is set to', async () => {
    const { sampler, ambient, minutes } = makeSampler(() => [statusOf('d', 1, 'open')]);
    await ambient.advance(45_000);
    sampler.start();
    await ambient.advance(14_999);
    assert.deepEqual(minutes(), [0]);
    await ambient.advance(1);
    assert.deepEqual(minutes(), [0, 1]);
    await ambient.advance(120_000);
    assert.deepEqual(minutes(), [0, 1, 2, 3]);
    ambient.jump(-3_600_000);
    await ambient.advance(60_000);
    assert.deepEqual(minutes(), [0, 1, 2, 3, -56]);
  });

  it('writes nothing where there is nothing', async () => {
    const { sampler, ambient, noted } = makeSampler(() => [statusOf('d', 0, 'open')]);
    sampler.start();
    await ambient.advance(300_000);
    assert.deepEqual(noted, []);
  });

  it('leaves out what a full disk has no room for, and goes on when it has', async () => {
    const { sampler, ambient, disk, failures, minutes } = makeSampler(() => [statusOf('d', 1, 'open')]);
    disk.error = new SluiceError('store_full');
    sampler.start();
    await ambient.advance(90_000);
    disk.error = null;
    await ambient.advance(60_000);
    assert.deepEqual([minutes(), failures], [[2], []]);
  });

  it('tells of what must not happen', async () => {
    const { sampler, ambient, disk, failures } = makeSampler(() => [statusOf('d', 1, 'open')]);
    disk.error = new Error('a corrupt page');
    sampler.start();
    await ambient.advance(0);
    assert.deepEqual(failures, [disk.error]);
  });

  it('does not wait for a look when it is stopped, and makes nothing of it', async () => {
    let end: (result: readonly Status[] | Promise<never>) => void = () => undefined;
    const looks = [0, 1].map(() => makeSampler(async () => new Promise((resolve) => (end = resolve))));
    for (const [index, { sampler, ambient, noted, failures }] of looks.entries()) {
      sampler.start();
      await ambient.advance(0);
      await sampler.stop();
      end(index === 0 ? [statusOf('d', 1, 'open')] : Promise.reject(new Error('closed meanwhile')));
      await ambient.advance(120_000);
      assert.deepEqual([noted, failures], [[], []]);
    }
  });
});
