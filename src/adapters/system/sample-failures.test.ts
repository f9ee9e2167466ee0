import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Telemetry } from '../../ports/telemetry.ts';
import { makeReport } from '../../../test/support/reports.ts';
import { SimulatedAmbient } from '../../../test/support/simulated-ambient.ts';
import { sampleFailures } from './sample-failures.ts';
import { teeTelemetry } from './tee-telemetry.ts';

function makeSampled() {
  const ambient = new SimulatedAmbient();
  const attempts: string[] = [];
  const deaths: string[] = [];
  const sums: unknown[] = [];
  const told = teeTelemetry({
    attempted: ({ destination }) => attempts.push(destination),
    died: (destination) => deaths.push(destination),
    trouble: (what, details) => sums.push({ what, ...details }),
  });
  return { telemetry: sampleFailures(told, ambient), ambient, attempts, deaths, sums };
}

function fail(telemetry: Telemetry, times: number, destination = 'crm', status = 500): void {
  for (let time = 0; time < times; time++) {
    telemetry.attempted(makeReport({ outcome: 'failed', status }, { destination }));
  }
}

describe('a sample of failures', () => {
  it('has twenty of each destination in a second', async () => {
    const { telemetry, ambient, attempts } = makeSampled();
    fail(telemetry, 100);
    fail(telemetry, 5, 'mail');
    assert.equal(attempts.length, 25);
    await ambient.advance(1_000);
    fail(telemetry, 100);
    assert.equal(attempts.length, 45);
  });

  it('says at the end of the second how many it left out, by destination and error', async () => {
    const { telemetry, ambient, sums } = makeSampled();
    fail(telemetry, 30, 'crm', 500);
    fail(telemetry, 3, 'crm', 503);
    telemetry.attempted(makeReport({ outcome: 'rejected', status: null, errorCode: 'tls_untrusted' }));
    fail(telemetry, 2, 'mail');
    assert.deepEqual(sums, []);
    await ambient.advance(1_000);
    const what = 'more attempts failed in that second';
    assert.deepEqual(sums, [
      { what, destination: 'crm', error: 'http_500', leftOut: 10 },
      { what, destination: 'crm', error: 'http_503', leftOut: 3 },
      { what, destination: 'crm', error: 'tls_untrusted', leftOut: 1 },
    ]);
    await ambient.advance(10_000);
    assert.equal(sums.length, 3);
  });

  it('samples deaths apart from attempts', async () => {
    const { telemetry, ambient, attempts, deaths, sums } = makeSampled();
    fail(telemetry, 20);
    for (let index = 0; index < 21; index++) telemetry.died('crm', 'evt_1', 'http_500');
    assert.deepEqual([attempts.length, deaths.length], [20, 20]);
    await ambient.advance(1_000);
    const what = 'more deliveries died in that second';
    assert.deepEqual(sums, [{ what, destination: 'crm', error: 'http_500', leftOut: 1 }]);
  });

  it('leaves out nothing that went well', () => {
    const { telemetry, attempts } = makeSampled();
    for (let index = 0; index < 100; index++) telemetry.attempted(makeReport());
    assert.equal(attempts.length, 100);
  });

  it('is bounded over all destinations, and so is what it says of the others', async () => {
    const { telemetry, ambient, attempts, sums } = makeSampled();
    for (let index = 0; index < 1_000; index++) fail(telemetry, 30, `d${index}`);
    assert.equal(attempts.length, 500);
    await ambient.advance(1_000);
    assert.equal(sums.length, 101);
    const leftOut = sums.map((sum) => (sum as { leftOut: number }).leftOut).reduce((all, each) => all + each);
    assert.equal(leftOut, 29_500);
    assert.equal((sums.at(-1) as { destination: unknown }).destination, null);
  });
});
