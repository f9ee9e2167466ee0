import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { windowEventsMax } from '../../src/domain/limits.ts';
import { CrashLoad } from '../support/crash-load.ts';
import { DeliveryLedger } from '../support/delivery-ledger.ts';
import { openReceiver } from '../support/receiver.ts';
import { SimulatedAmbient } from '../support/simulated-ambient.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

const KILLS = process.env['SLUICE_TEST_LONG'] === undefined ? 20 : 60;
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? randomInt(2 ** 31));
const WRITE_KEY = 'wk_crash';
const CONCURRENCY = 64;
/** How long the last deliveries may take once nothing more is sent: parked ones wait for their turn. */
const DRAIN_MS = 60_000;

describe('a Sluice that is killed again and again under load', () => {
  it(`delivers what it answered 200, and stores nothing twice, over ${KILLS} kills`, async (t) => {
    try {
      await killAndCount(t);
    } catch (error) {
      throw new Error(`with SLUICE_TEST_SEED=${SEED}`, { cause: error });
    }
  });
});

async function killAndCount(t: TestContext): Promise<void> {
  const ambient = new SimulatedAmbient({ seed: SEED });
  const fast = new DeliveryLedger(() => ({}));
  const slow = new DeliveryLedger(() => ({
    status: ambient.chance() < 0.15 ? 500 : 200,
    delayMs: Math.floor(ambient.chance() * 30),
  }));
  const sluice = await SluiceProcess.start({
    config: {
      network: { allow: ['127.0.0.0/8'] },
      sources: [{ id: 'shop', name: 'Shop', writeKeys: [WRITE_KEY] }],
      destinations: [
        // Its one retry is never needed: a crash may spend it, and a second one must not lose the event.
        destination('fast', await endpointOf(t, fast), {}),
        destination('slow', await endpointOf(t, slow), { retries: 20, backoffMs: [50, 100, 200] }),
      ],
    },
  });
  t.after(async () => sluice.close());

  const load = new CrashLoad(WRITE_KEY, 16);
  load.up(sluice.url);
  let kills = 0;
  while (kills < KILLS) {
    await load.acknowledgedMore(1 + Math.floor(ambient.chance() * 400));
    kills += await crash(sluice, load, ambient);
    for (const ledger of [fast, slow]) assertDuplicatesWithin(ledger, kills);
  }
  await load.finish();
  for (const ledger of [fast, slow]) await ledger.all(load.acknowledged, DRAIN_MS);
  assert.equal(await sluice.terminate(), 0, sluice.stderr);

  assertStoredOnce([fast, slow]);
  for (const ledger of [fast, slow]) assertDuplicatesWithin(ledger, kills);
  t.diagnostic(
    `seed ${SEED}: ${load.acknowledged.size} acknowledged, ${kills} kills, ` +
      `duplicates: ${fast.duplicates} at the fast endpoint, ${slow.duplicates} at the slow one`,
  );
}

/** Kills it, every fourth time once more while it recovers, and has it up again. Answers how often it was killed. */
async function crash(sluice: SluiceProcess, load: CrashLoad, ambient: SimulatedAmbient): Promise<number> {
  // Off the beat of the answers, which would otherwise always be the moment of the kill.
  await after(ambient.chance() * 10);
  load.down();
  await sluice.kill9();
  const again = ambient.chance() < 0.25;
  if (again) {
    const recovering = sluice.restart();
    await after(ambient.chance() * 500);
    await Promise.all([sluice.kill9(), recovering.catch(() => undefined)]);
  }
  await sluice.restart();
  load.up(sluice.url);
  return again ? 2 : 1;
}

/** A kill forgets at most what was being delivered and not yet settled: a window, and the retries in flight. */
function assertDuplicatesWithin({ duplicates }: DeliveryLedger, kills: number): void {
  const bound = kills * (windowEventsMax + CONCURRENCY);
  assert.ok(duplicates <= bound, `${duplicates} duplicates after ${kills} kills are more than ${bound}`);
}

/** A message id that came under two event ids was stored twice; the same event has one id at every destination. */
function assertStoredOnce(ledgers: readonly DeliveryLedger[]): void {
  const webhookIds = new Map<string, Set<string>>();
  for (const [messageId, ids] of ledgers.flatMap((ledger) => [...ledger.webhookIds])) {
    webhookIds.set(messageId, (webhookIds.get(messageId) ?? new Set()).union(ids));
  }
  const storedTwice = [...webhookIds].filter(([, ids]) => ids.size !== 1);
  assert.deepEqual(storedTwice, []);
  assert.equal(new Set([...webhookIds.values()].flatMap((ids) => [...ids])).size, webhookIds.size);
}

async function endpointOf(t: TestContext, ledger: DeliveryLedger): Promise<string> {
  const receiver = await openReceiver();
  t.after(async () => receiver.close());
  receiver.answer(ledger.script);
  return receiver.url();
}

function destination(id: string, webhookUrl: string, delivery: object): object {
  return {
    id,
    name: id,
    sources: ['shop'],
    type: 'webhooks',
    settings: { webhookUrl, sharedSecret: 'keep-me-safe' },
    delivery: { concurrency: CONCURRENCY, ...delivery },
  };
}
