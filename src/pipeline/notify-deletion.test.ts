/** How destinations are told that somebody is to be deleted. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ANN, event, openErasing } from '../../test/support/erasing.ts';
import { SluiceError } from '../domain/errors.ts';

const TELL = { ...ANN, notify: true };

/** With two destinations of two sources. */
async function open(context: TestContext) {
  const erasing = await openErasing(context);
  erasing.addDestination('crm', ['web']);
  erasing.addDestination('ads', ['app']);
  const settle = (): void => {
    for (const id of erasing.fates.keys()) erasing.fates.set(id, 'delivered');
  };
  return { ...erasing, settle };
}

describe('an erasure that tells destinations', () => {
  it('sends them an event of type delete, and erases that too once each has it', async (context) => {
    const { log, eraser, fates, notices, steps, bodies, until } = await open(context);
    const positions = await log.append([event(1, { userId: 'ann' })]);
    const erasure = await until(await eraser.ask(TELL), 'notifying');
    assert.deepEqual([erasure.erased, erasure.refused, erasure.notified], [1, 2, null]);
    const sent = await notices();
    assert.deepEqual(sent.map(({ source, type, user }) => [source, type, user]).toSorted(), [
      ['app', 'delete', 'ann'],
      ['web', 'delete', 'ann'],
    ]);
    fates.set('crm', 'delivered');
    fates.set('ads', 'dead');
    const end = await until(erasure, 'finished');
    assert.deepEqual(end.notified, { delivered: 1, failed: 1 });
    assert.deepEqual(await bodies([...positions, ...sent.map(({ position }) => position)]), [false, false, false]);
    assert.deepEqual(steps.slice(-3), ['append 2', 'log 2', 'lanes 2']);
  });

  it('has the shape of Segment, under an id that nobody can guess', async (context) => {
    const { eraser, notices, until } = await open(context);
    await until(await eraser.ask({ ...TELL, field: 'anonymousId' }), 'notifying');
    const [{ body, messageId, source, receivedAtMs } = assert.fail('there is a notice')] = await notices();
    const at = new Date(receivedAtMs).toISOString();
    assert.match(messageId, /^delete-[0-9a-f-]{36}$/);
    assert.deepEqual(JSON.parse(body), {
      ...{ version: 1, type: 'delete', channel: 'server', anonymousId: 'ann', context: null, integrations: null },
      ...{ messageId, projectId: source, timestamp: at, receivedAt: at, sentAt: at, originalTimestamp: at },
    });
  });

  it('goes through few sources that reach each enabled destination', async (context) => {
    const { addDestination, eraser, notices, until } = await openErasing(context);
    addDestination('both', ['app', 'web']);
    addDestination('one', ['web']);
    addDestination('disabled', ['shop'], { enabled: false });
    addDestination('none', []);
    await until(await eraser.ask(TELL), 'notifying');
    assert.deepEqual(
      (await notices()).map(({ source }) => source),
      ['web'],
    );
  });

  it('is finished at once where there is nobody to tell', async (context) => {
    const { eraser, notices, until, steps } = await openErasing(context);
    const end = await until(await eraser.ask(TELL), 'finished');
    assert.deepEqual(end.notified, { delivered: 0, failed: 0 });
    assert.deepEqual([await notices(), steps], [[], ['replays ann', 'refusals ann']]);
  });

  it('counts those as failed that were removed, disabled or given other sources meanwhile', async (context) => {
    const { destinations, addDestination, eraser, fates, until } = await open(context);
    addDestination('third', ['web']);
    const erasure = await until(await eraser.ask(TELL), 'notifying');
    destinations.splice(1, 1);
    fates.set('crm', 'disabled');
    fates.set('third', 'delivered');
    assert.deepEqual((await until(erasure, 'finished')).notified, { delivered: 1, failed: 2 });
  });

  it('waits for those that get it though they were made since, and does not count them', async (context) => {
    const { addDestination, ambient, eraser, settle, shown, until } = await open(context);
    const erasure = await until(await eraser.ask(TELL), 'notifying');
    settle();
    addDestination('new', ['web']);
    for (let turn = 0; turn < 10; turn += 1) await ambient.advance(5_000);
    assert.equal((await shown(erasure)).state, 'notifying');
    settle();
    assert.deepEqual((await until(erasure, 'finished')).notified, { delivered: 2, failed: 0 });
  });

  it('lets somebody else be erased who is asked for while it looks', async (context) => {
    const { ambient, options, eraser, settle, until } = await open(context);
    const ann = await until(await eraser.ask(TELL), 'notifying');
    const trace = options.events.trace.bind(options.events);
    const [looks, goesOn] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    options.events.trace = async (notice) => {
      looks.resolve(undefined);
      await goesOn.promise;
      return trace(notice);
    };
    settle();
    await ambient.advance(5_000);
    await looks.promise;
    const bob = await eraser.ask({ ...ANN, person: 'bob' });
    goesOn.resolve(undefined);
    for (const each of [ann, bob]) await until(each, 'finished');
  });

  it('keeps nobody else waiting, and is not disturbed when the same person is asked for again', async (context) => {
    const { eraser, settle, notices, until } = await open(context);
    const ann = await until(await eraser.ask(TELL), 'notifying');
    const others = await Promise.all(['bob', 'cat'].map(async (person) => eraser.ask({ ...ANN, person })));
    for (const other of others) await until(other, 'finished');
    const again = await until(await eraser.ask(TELL), 'notifying');
    assert.equal((await notices()).length, 4, 'the first ones are not erased by the second');
    settle();
    for (const each of [ann, again]) assert.equal((await until(each, 'finished')).notified?.delivered, 2);
    assert.deepEqual(await notices(), []);
  });

  it('looks at all of many in turn', async (context) => {
    const { eraser, settle, store, until } = await open(context);
    const asked = [];
    for (let number = 0; number < 210; number += 1) asked.push(await eraser.ask({ ...TELL, person: `p${number}` }));
    await until(asked.at(-1)!, 'notifying');
    settle();
    for (const each of asked) await until(each, 'finished');
    assert.deepEqual(await store.notifying({ after: 0, max: 1 }), []);
  });

  it('ends when the log has forgotten it before a destination took it', async (context) => {
    const { log, options, eraser, fates, until } = await open(context);
    const erasure = await until(await eraser.ask(TELL), 'notifying');
    fates.set('crm', 'delivered');
    options.log.extent = async () => ({ ...(await log.extent()), first: 100 });
    assert.deepEqual((await until(erasure, 'finished')).notified, { delivered: 1, failed: 1 });
  });
});

describe('an erasure that tells destinations, after a stop', () => {
  it('goes on where its notices are not in the log yet', async (context) => {
    const { eraser, makeEraser, faults, settle, notices, until } = await open(context);
    faults.set('append', { error: new SluiceError('log_full'), times: Infinity });
    const erasure = await until(await eraser.ask(TELL), 'notifying');
    await eraser.stop();
    assert.deepEqual(await notices(), []);
    faults.clear();
    const next = makeEraser();
    next.start();
    settle();
    assert.deepEqual((await until(erasure, 'finished')).notified, { delivered: 2, failed: 0 });
    await next.stop();
  });

  it('finds its notices where nobody noted that they are in the log', async (context) => {
    const { store, eraser, makeEraser, settle, notices, bodies, until } = await open(context);
    const placed = store.placed.bind(store);
    store.placed = async () => Promise.reject(new SluiceError('store_full'));
    const erasure = await until(await eraser.ask(TELL), 'notifying');
    while ((await notices()).length < 2) await new Promise((resolve) => setImmediate(resolve));
    await eraser.stop();
    store.placed = placed;
    const sent = await notices();
    const next = makeEraser();
    next.start();
    while ((await store.notifying({ after: 0, max: 1 }))[0]?.notices?.[0]?.position === null)
      await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(await notices(), sent, 'they are not sent twice');
    settle();
    assert.deepEqual((await until(erasure, 'finished')).notified, { delivered: 2, failed: 0 });
    assert.deepEqual(await bodies(sent.map(({ position }) => position)), [false, false]);
    await next.stop();
  });

  it('erases its notices though the last process ended in between', async (context) => {
    const { eraser, makeEraser, faults, settle, notices, steps, shown, until, ambient } = await open(context);
    const erasure = await until(await eraser.ask(TELL), 'notifying');
    faults.set('lanes', { error: new SluiceError('store_full', {}), times: Infinity });
    settle();
    while (!steps.includes('log 2')) await ambient.advance(100);
    await eraser.stop();
    assert.deepEqual(await notices(), []);
    assert.deepEqual((await shown(erasure)).notified, { delivered: 2, failed: 0 });
    faults.clear();
    const next = makeEraser();
    next.start();
    await until(erasure, 'finished');
    assert.deepEqual(steps.slice(-2), ['log 2', 'lanes 2']);
    await next.stop();
  });

  it('erases nothing that is not its own, should the log be another one', async (context) => {
    const { log, eraser, store, settle, bodies, until } = await open(context);
    const [position = 0] = await log.append([event(1, { userId: 'bob' })]);
    const erasure = await eraser.ask(TELL);
    await until(erasure, 'notifying');
    const [told] = await store.notifying({ after: 0, max: 1 });
    const astray = (told?.notices ?? []).map((notice) => ({ ...notice, position }));
    await store.placed(erasure.number, astray);
    settle();
    await until(erasure, 'finished');
    assert.deepEqual(await bodies([position]), [true]);
  });
});
