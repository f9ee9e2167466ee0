import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Telemetry } from '../ports/telemetry.ts';
import { RoomWaiter } from './wait-for-room.ts';

describe('RoomWaiter', () => {
  function makeWaiter() {
    const ambient = new SimulatedAmbient();
    const told: string[] = [];
    const telemetry = { trouble: (what: string) => void told.push(what) } as unknown as Telemetry;
    const store = { isFull: true, writes: 0 };
    const write = async (): Promise<number> => {
      store.writes += 1;
      return store.isFull ? Promise.reject(new SluiceError('store_full')) : Promise.resolve(store.writes);
    };
    return { ambient, told, store, write, room: new RoomWaiter(ambient, telemetry) };
  }

  it('repeats a write each second until there is room, and tells once how it began and once how it ended', async () => {
    const { ambient, told, store, write, room } = makeWaiter();
    const both = Promise.all([room.until(write), room.until(write)]);
    await ambient.advance(3_000);
    assert.deepEqual([store.writes, told.length], [8, 1]);
    store.isFull = false;
    await ambient.advance(1_000);
    await both;
    assert.equal(told.length, 2);
  });

  it('rejects with any other error at once', async () => {
    const { room, told } = makeWaiter();
    await assert.rejects(
      room.until(async () => Promise.reject(new Error('a bug'))),
      /a bug/,
    );
    assert.deepEqual(told, []);
  });

  it('says when there is no room, and tries nothing more once it is closed', async () => {
    const { ambient, store, write, room } = makeWaiter();
    const full = room.whenFull();
    void room.until(write);
    await full;
    await room.whenFull();
    room.close();
    await ambient.advance(10_000);
    assert.equal(store.writes, 1);
  });
});
