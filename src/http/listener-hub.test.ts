import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { SluiceError } from '../domain/errors.ts';
import { listenersMax } from '../domain/limits.ts';
import type { StreamReader } from '../pipeline/stream-group.ts';
import type { CarriedAnswer, CarriedRequest } from '../ports/listener-carrier.ts';
import { ListenerHub } from './listener-hub.ts';

const FINE: CarriedAnswer = { kind: 'answered', status: 200, headers: {}, body: new Uint8Array(), isCut: false };

const requestOf = (id: string, listener = 'ada'): CarriedRequest => ({
  ...{ id, listener, webhookId: `evt_${id}`, method: 'POST', headers: ['X-A', '1', 'X-A', '2'] },
  ...{ body: '{"a":"é"}', timeoutMs: 5_000 },
});

/** Reads what a listener is told. */
class Listener implements StreamReader {
  text = '';
  hasEnded = false;
  waitingBytes = 0;
  isAllowed = true;

  write(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString();
  }

  isStillAllowed(): boolean {
    return this.isAllowed;
  }

  end(): void {
    this.hasEnded = true;
  }

  /** Kinds of messages with the ids in them, in order. */
  get told(): readonly string[] {
    return [...this.text.matchAll(/^event: (\w+)\nid: \ndata: (.*)$/gm)].map(([, kind = '', data = '{}']) => {
      const { id = '' } = JSON.parse(data) as { readonly id?: string };
      return `${kind} ${id}`.trim();
    });
  }
}

function open() {
  const ambient = new SimulatedAmbient();
  const listening: (readonly string[])[] = [];
  const hub = new ListenerHub({ ambient, onListening: (names) => listening.push(names) });
  const join = async (name = 'ada') => {
    const listener = new Listener();
    const leave = hub.join(name, listener);
    await ambient.advance(0);
    return { listener, leave };
  };
  return { hub, ambient, listening, join };
}

describe('a listener', () => {
  it('is told each request whole, in order, and its answer is the request’s', async () => {
    const { hub, join, listening } = open();
    const { listener } = await join();
    const [one, two] = [hub.carry(requestOf('1')), hub.carry(requestOf('2'))];
    assert.deepEqual(listener.told, ['listening', 'request 1', 'request 2']);
    assert.match(listener.text, /"headers":\[\{"name":"X-A","value":"1"\},\{"name":"X-A","value":"2"\}\]/);
    assert.match(listener.text, /"body":"\{\\"a\\":\\"é\\"\}"/);
    hub.answer('ada', '2', FINE);
    hub.answer('ada', '1', { kind: 'failed', code: 'connection_refused', message: 'nothing listens' });
    assert.deepEqual([(await one).kind, await two], ['failed', FINE]);
    assert.deepEqual(listening, [['ada']]);
  });

  it('is told what was not answered before it came, and what its predecessor left', async () => {
    const { hub, join, listening } = open();
    const waiting = hub.carry(requestOf('1'));
    const first = await join();
    void hub.carry(requestOf('2'));
    hub.answer('ada', '1', FINE);
    await waiting;
    first.leave();
    const second = await join();
    assert.deepEqual(first.listener.told, ['listening', 'request 1', 'request 2']);
    assert.deepEqual(second.listener.told, ['listening', 'request 2']);
    assert.deepEqual(listening, [['ada'], [], ['ada']]);
  });

  it('is told nothing that is another’s, and answers nothing of it', async () => {
    const { hub, join } = open();
    const { listener } = await join('grace');
    void hub.carry(requestOf('1'));
    assert.deepEqual(listener.told, ['listening']);
    assert.throws(() => {
      hub.answer('grace', '1', FINE);
    }, /no request 1 waits/);
  });

  it('answers once: what was answered, or is over, is not waiting any more', async () => {
    const { hub, join } = open();
    await join();
    void hub.carry(requestOf('1'));
    hub.answer('ada', '1', FINE);
    const isGone = (error: unknown): boolean => error instanceof SluiceError && error.code === 'exchange_not_found';
    assert.throws(() => {
      hub.answer('ada', '1', FINE);
    }, isGone);
    const over = hub.carry(requestOf('2'));
    await hub.withdraw('2');
    assert.deepEqual(await over, { kind: 'withdrawn', isThere: true });
    assert.throws(() => {
      hub.answer('ada', '2', FINE);
    }, isGone);
  });

  it('gives way to the next of its name, and is ended once it had time to hear of it', async () => {
    const { join, ambient, hub } = open();
    const first = await join();
    const second = await join();
    assert.deepEqual(first.listener.told.at(-1), 'replaced');
    assert.equal(first.listener.hasEnded, false);
    await ambient.advance(2_000);
    assert.equal(first.listener.hasEnded, true);
    // Its connection ends now, which concerns nobody.
    first.leave();
    void hub.carry(requestOf('1'));
    assert.deepEqual(second.listener.told, ['listening', 'request 1']);
  });

  it('is let go when nothing was heard of it for as long as a request had, and otherwise told that its time is up', async () => {
    const { hub, join, ambient, listening } = open();
    const { listener } = await join();
    const [slow, quick] = [hub.carry(requestOf('slow')), hub.carry(requestOf('quick'))];
    await ambient.advance(1_000);
    hub.answer('ada', 'quick', FINE);
    await quick;
    await hub.withdraw('slow');
    assert.deepEqual(await slow, { kind: 'withdrawn', isThere: true });
    assert.equal(listener.told.at(-1), 'withdrawn slow');
    const silent = hub.carry(requestOf('silent'));
    await ambient.advance(5_000);
    await hub.withdraw('silent');
    await silent;
    assert.equal(listener.hasEnded, true);
    assert.deepEqual(listening.at(-1), []);
  });

  it('hears of it every 15 seconds when nothing comes, and is ended when it may not listen any more', async () => {
    const { join, ambient } = open();
    const { listener } = await join();
    await ambient.advance(35_000);
    assert.deepEqual(listener.told, ['listening', 'listening', 'listening']);
    listener.isAllowed = false;
    await ambient.advance(60_000);
    assert.equal(listener.hasEnded, true);
  });

  it('is ended when it takes nothing for half a minute', async () => {
    const { join, ambient } = open();
    const { listener } = await join();
    listener.waitingBytes = 10_000_000;
    await ambient.advance(45_000);
    assert.equal(listener.hasEnded, true);
  });

  it('is one of so many at a time, and none once Sluice stops', async () => {
    const { hub, join } = open();
    for (let n = 0; n < listenersMax; n += 1) await join(`l${n}`);
    await assert.rejects(join('one-more'), /programs listen already/);
    await join('l0');
    assert.equal(hub.list().length, listenersMax);
    hub.close();
    await assert.rejects(join('late'), (error) => error instanceof SluiceError && error.code === 'shutting_down');
  });
});
