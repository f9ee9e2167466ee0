import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import type { EndpointReport, Telemetry } from '../../ports/telemetry.ts';
import { makeReport } from '../../../test/support/reports.ts';
import { SimulatedAmbient } from '../../../test/support/simulated-ambient.ts';
import { receiveTelemetry, relayTelemetry } from './telemetry-relay.ts';

const HELD: EndpointReport = {
  ...{ destination: 'd', endpoint: 'https://a.example', reason: 'circuit_breaker', sinceMs: 1 },
  state: 'held',
};

/** Tells through a relay, and answers what came out at the other end. */
async function relayed(successes: boolean, tell: (telemetry: Telemetry) => void): Promise<readonly unknown[]> {
  const { port1, port2 } = new MessageChannel();
  const told: unknown[] = [];
  receiveTelemetry(port1, {
    accepted: (epoch, events, positions) => told.push(['accepted', epoch, events.length, [...positions]]),
    refused: ({ reason }) => told.push(['refused', reason]),
    attempted: ({ eventId }) => told.push(['attempted', eventId]),
    died: (...died) => told.push(['died', ...died]),
    expired: (...expired) => told.push(['expired', ...expired]),
    endpointChanged: (report) => told.push(['endpointChanged', report]),
    trouble: (...trouble) => told.push(['trouble', ...trouble]),
  });
  tell(relayTelemetry(port2, new SimulatedAmbient(), successes));
  await once(port1, 'message');
  port1.close();
  return told;
}

describe('relayed telemetry', () => {
  it('comes out at the other end as it went in, in order', async () => {
    const told = await relayed(true, (telemetry) => {
      telemetry.accepted(5, [], new Float64Array([7, 0]));
      const whole = { count: 2, route: 'batch', writeKey: null, subject: [] } as const;
      telemetry.refused({ atMs: 0, source: null, reason: 'unknown_source', type: null, message: '', ...whole });
      telemetry.attempted(makeReport());
      telemetry.died('d', 'evt_1', 'http_500');
      telemetry.expired('d', 12);
      telemetry.endpointChanged(HELD);
      telemetry.trouble('disk', { left: 3 });
    });
    assert.deepEqual(told, [
      ['accepted', 5, 0, [7, 0]],
      ['refused', 'unknown_source'],
      ['attempted', 'evt_1'],
      ['died', 'd', 'evt_1', 'http_500'],
      ['expired', 'd', 12],
      ['endpointChanged', HELD],
      ['trouble', 'disk', { left: 3 }],
    ]);
  });

  it('leaves out what nobody reads while nobody watches: successes, and what was skipped', async () => {
    const told = await relayed(false, (telemetry) => {
      for (const outcome of ['succeeded', 'failed', 'skipped', 'rejected'] as const) {
        telemetry.attempted(makeReport({ outcome }, { eventId: outcome }));
      }
    });
    assert.deepEqual(told, [
      ['attempted', 'failed'],
      ['attempted', 'rejected'],
    ]);
  });

  it('keeps the newest when more is told than anybody can follow', async () => {
    const told = await relayed(true, (telemetry) => {
      for (let index = 0; index < 10_005; index += 1) telemetry.trouble(String(index), {});
    });
    assert.equal(told.length, 10_000);
    assert.deepEqual(told.at(-1), ['trouble', '10004', {}]);
  });
});
