import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeEvent, makeReport } from '../../../test/support/reports.ts';
import { SimulatedAmbient } from '../../../test/support/simulated-ambient.ts';
import { makeTerminal } from './terminal.ts';

const EVENT = makeEvent();
const DELIVERED = makeReport({ endpoint: 'http://127.0.0.1:8080/bins/dev' }, { destination: 'dev-bin' });

function openTerminal({ colors = false } = {}) {
  const ambient = new SimulatedAmbient();
  let text = '';
  const terminal = makeTerminal({ ambient, colors, write: (more) => (text += more) });
  const lines = (): string[] => text.split('\n').slice(0, -1);
  return { terminal, ambient, lines };
}

describe('the live view', () => {
  it('holds its lines back until it is opened', () => {
    const { terminal, lines } = openTerminal();
    terminal.died('crm', 'evt_1', 'http_500');
    assert.deepEqual(lines(), []);
    terminal.open();
    assert.equal(lines().length, 1);
    terminal.trouble('the disk is full', {});
    assert.equal(lines().length, 2);
  });

  it('writes a line for each event that arrives and each attempt that goes out', () => {
    const { terminal, lines } = openTerminal();
    terminal.open();
    terminal.accepted(1, [EVENT, EVENT], new Float64Array([1, 0]));
    terminal.attempted(DELIVERED);
    const [first = '', second = '', third = ''] = lines();
    assert.match(first, /← track "Hello" .*evt_100000000001$/);
    assert.match(second, /duplicate/);
    assert.match(third, /→ track "Hello" {2}delivered to dev-bin/);
  });

  it('sums up what is more than twenty lines a second', async () => {
    const { terminal, ambient, lines } = openTerminal();
    terminal.open();
    const events = Array.from({ length: 332 }, () => EVENT);
    terminal.accepted(
      1,
      events,
      Float64Array.from(events, (_event, index) => index + 1),
    );
    for (let attempt = 0; attempt < 312; attempt++) terminal.attempted(DELIVERED);
    terminal.died('crm', 'evt_1', 'http_500');
    assert.equal(lines().length, 20);
    await ambient.advance(1_000);
    assert.deepEqual(lines().slice(20), ['… and 312 more events, 312 delivered, 1 dead in the last second']);
    terminal.attempted(DELIVERED);
    await ambient.advance(5_000);
    assert.equal(lines().length, 22);
  });

  it('makes no line that it does not show', async () => {
    const { terminal, ambient, lines } = openTerminal();
    terminal.open();
    for (let attempt = 0; attempt < 20; attempt++) terminal.attempted(DELIVERED);
    const unreadable = {
      ...DELIVERED,
      attempt: {
        ...DELIVERED.attempt,
        get endpoint(): string {
          throw new Error('read');
        },
      },
    };
    terminal.attempted(unreadable);
    await ambient.advance(1_000);
    assert.deepEqual(lines().slice(20), ['… and 1 delivered in the last second']);
  });

  it('has colours only when it was told to', () => {
    const [plain, colored] = [openTerminal(), openTerminal({ colors: true })];
    for (const { terminal } of [plain, colored]) {
      terminal.open();
      terminal.attempted(DELIVERED);
    }
    assert.doesNotMatch(plain.lines().join(), /\p{Cc}/u);
    assert.ok(colored.lines().join().includes('\u001b[32mdelivered\u001b[39m'));
  });
});
