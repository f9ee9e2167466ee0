import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeDestination } from '../test/support/inside.ts';
import { SimulatedAmbient } from '../test/support/simulated-ambient.ts';
import { openWorkspace } from '../test/support/workspace.ts';
import { SluiceError } from './domain/errors.ts';
import { followWorkspace } from './follow-workspace.ts';
import type { Wanted } from './pipeline/dispatch.ts';

/** Lanes that end a change when a test says so, and a log that grows when it does. */
function open() {
  const workspace = openWorkspace();
  const ambient = new SimulatedAmbient();
  const failures: unknown[] = [];
  const asked: Required<Wanted>[] = [];
  const ends: ReturnType<typeof Promise.withResolvers<boolean>>[] = [];
  /** Which changes are not safe once they are begun, the first being 1. */
  const unsafe = new Set<number>();
  const log = { end: 0 };
  const following = followWorkspace({
    workspace,
    // It answers a little later, as of the moment at which it was asked.
    log: { extent: async () => Promise.resolve(log) as Promise<never> },
    replays: { slices: [], begin: () => undefined } as never,
    delivery: {
      begin: async (ask) => {
        asked.push(ask);
        return Promise.resolve(!unsafe.has(asked.length));
      },
      finish: async () => {
        const end = Promise.withResolvers<boolean>();
        ends.push(end);
        return end.promise;
      },
      replayStanding: () => assert.fail(),
    },
    onFailure: (error) => failures.push(error),
  });
  const put = async (id: string): Promise<void> => {
    const { version } = workspace.current();
    const putDestinations = [makeDestination(id, [`https://${id}.example/`])];
    await workspace.commit({ putDestinations }, version, 'token ann', ambient.nowMs());
  };
  const told = (): readonly string[] =>
    asked.map(({ destinations, newFrom }) => `${destinations.map(({ id }) => id).join(' ')} from ${newFrom}`);
  return { following, log, put, told, ends, unsafe, ambient, failures };
}

describe('a change of the workspace', () => {
  it('has new destinations begin where the log ended when it was made, one after the other', async () => {
    const { following, log, put, told, ends, ambient } = open();
    log.end = 10;
    await put('a');
    log.end = 20;
    await put('b');
    // What is accepted from now on is theirs, however late the lanes hear of it.
    log.end = 30;
    const applied = following.applied();
    await ambient.advance(0);
    assert.deepEqual(told(), ['a from 10', 'a b from 20']);
    for (const end of ends) end.resolve(true);
    await applied;
  });

  it('is answered when it is begun, whatever others wait for', async () => {
    const { following, put } = open();
    await put('a');
    await put('b');
    await following.applied();
  });

  it('is answered when it is finished, where that alone is safe', async () => {
    const { following, put, ends, unsafe, ambient } = open();
    unsafe.add(1);
    await put('a');
    let isApplied = false;
    const applied = following.applied().then(() => {
      isApplied = true;
    });
    await ambient.advance(4_999);
    assert.equal(isApplied, false);
    ends[0]?.resolve(true);
    await applied;
  });

  it('is answered no sooner than those before it that are not safe', async () => {
    const { following, put, ends, unsafe, ambient, failures } = open();
    unsafe.add(1);
    await put('a');
    await put('b');
    let isApplied = false;
    const applied = following.applied().then(() => {
      isApplied = true;
    });
    ends[1]?.resolve(true);
    await ambient.advance(60_000);
    assert.equal(isApplied, false);
    ends[0]?.resolve(true);
    await applied;
    assert.deepEqual(failures, []);
  });

  it('is not said to be done where a stop came before its end', async () => {
    const { following, put, ends, unsafe, ambient, failures } = open();
    unsafe.add(1);
    await put('a');
    await ambient.advance(0);
    ends[0]?.resolve(false);
    await assert.rejects(
      following.applied(),
      (error) => error instanceof SluiceError && error.code === 'shutting_down',
    );
    assert.deepEqual(failures, [], 'that is no fault');
  });

  it('that fails is told once, and to whoever waits', async () => {
    const { following, put, ends, unsafe, ambient, failures } = open();
    unsafe.add(1);
    await put('a');
    await ambient.advance(0);
    const failure = new Error('the delivery thread has ended');
    ends[0]?.reject(failure);
    await assert.rejects(following.applied(), failure);
    assert.deepEqual(failures, [failure]);
  });
});
