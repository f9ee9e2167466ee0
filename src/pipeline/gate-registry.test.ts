import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { makeDestination } from '../../test/support/inside.ts';
import type { EndpointReport, Telemetry } from '../ports/telemetry.ts';
import type { Passer, Ticket } from './gate.ts';
import { GateRegistry } from './gate-registry.ts';

/** An attempt that begins as soon as it may. */
class Attempt implements Ticket {
  readonly kind = 'first';
  readonly chars = 1;
  state: 'waiting' | 'begun' | 'shut out' = 'waiting';

  start(): void {
    this.state = 'begun';
  }

  shut(): void {
    this.state = 'shut out';
  }
}

function open() {
  const told: EndpointReport[] = [];
  const telemetry = { endpointChanged: (report: EndpointReport) => told.push(report) };
  const registry = new GateRegistry(new SimulatedAmbient(), telemetry as unknown as Telemetry);
  const gateOf = (endpoint: string) => {
    const gate = registry.open(makeDestination('crm', [endpoint]), endpoint);
    const passer: Passer = { isReplay: false, onOpen: () => undefined };
    gate.join(passer);
    return {
      gate,
      close: () => {
        gate.part(passer);
      },
    };
  };
  return { registry, gateOf, told };
}

describe('gates of listeners', () => {
  it('are shut until somebody listens, whatever others do, and when nobody does any more', () => {
    const { registry, gateOf, told } = open();
    const [ada, grace, host] = [gateOf('listener:ada'), gateOf('listener:grace'), gateOf('http://a.example/')];
    const standing = () => [ada, grace, host].map(({ gate }) => gate.isShut);
    assert.deepEqual(standing(), [true, true, false]);
    registry.setListening(new Set(['ada']));
    assert.deepEqual(standing(), [false, true, false]);
    registry.setListening(new Set(['ada', 'grace']));
    assert.deepEqual(standing(), [false, false, false]);
    registry.setListening(new Set());
    assert.deepEqual(standing(), [true, true, false]);
    assert.deepEqual(
      told.map(({ endpoint, state }) => `${endpoint} ${state}`),
      [
        ...['listener:ada held', 'listener:grace held', 'listener:ada open'],
        ...['listener:grace open', 'listener:ada held', 'listener:grace held'],
      ],
    );
  });

  it('open at once where somebody listens already', () => {
    const { registry, gateOf, told } = open();
    registry.setListening(new Set(['ada']));
    assert.equal(gateOf('listener:ada').gate.isShut, false);
    assert.deepEqual(told, []);
  });

  it('begin what waits when somebody comes, and have it look elsewhere when they leave', () => {
    const { registry, gateOf } = open();
    const { gate } = gateOf('listener:ada');
    const attempt = new Attempt();
    gate.request(attempt, false);
    assert.equal(attempt.state, 'waiting');
    registry.setListening(new Set(['ada']));
    assert.equal(attempt.state, 'begun');
    registry.setListening(new Set());
    const other = new Attempt();
    gate.request(other, false);
    registry.setListening(new Set(['grace']));
    assert.equal(other.state, 'waiting');
  });

  it('are forgotten with the last who goes through them', () => {
    const { registry, gateOf, told } = open();
    const { close } = gateOf('listener:ada');
    close();
    const before = told.length;
    registry.setListening(new Set(['ada']));
    assert.equal(told.length, before);
  });
});
