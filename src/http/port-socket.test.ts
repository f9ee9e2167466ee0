import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { type Ends, PortSocket } from './port-socket.ts';

const ENDS: Ends = { remoteAddress: '203.0.113.9', remotePort: 4_000, localAddress: '192.0.2.1', localPort: 443 };
const MIB = 1024 * 1024;

function openPair(context: TestContext) {
  const { port1, port2 } = new MessageChannel();
  const wishes: unknown[] = [];
  const outer = new PortSocket(port1, ENDS, (wish) => wishes.push(wish));
  const inner = new PortSocket(port2, ENDS);
  context.after(() => {
    outer.destroy();
    inner.destroy();
  });
  return { outer, inner, wishes };
}

async function textOf(socket: PortSocket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks).toString();
}

async function untilClosed(...sockets: readonly PortSocket[]): Promise<void> {
  await Promise.all(sockets.filter(({ closed }) => !closed).map(async (socket) => once(socket, 'close')));
}

/** Lets messages between the two come and go. */
async function turns(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn();
}

describe('a connection between threads', () => {
  it('carries bytes both ways, each side ended by itself', async (context) => {
    const { outer, inner } = openPair(context);
    outer.write('ask');
    outer.end('ed');
    assert.equal(await textOf(inner), 'asked');
    assert.equal(inner.destroyed, false);
    inner.end('answered');
    assert.equal(await textOf(outer), 'answered');
    await untilClosed(outer, inner);
  });

  it('has the ends of the connection that it stands for', (context) => {
    const { remoteAddress, remotePort, localAddress, localPort } = openPair(context).inner;
    assert.deepEqual({ remoteAddress, remotePort, localAddress, localPort }, ENDS);
  });

  it('takes no more than the other end reads, and all of it in the end', async (context) => {
    const { outer, inner } = openPair(context);
    let written = 0;
    const chunk = Buffer.alloc(16 * 1024, 'x');
    while (written < 4 * MIB) {
      written += chunk.length;
      outer.write(chunk);
    }
    outer.end();
    await turns();
    const onWay = written - outer.writableLength;
    assert.ok(onWay < MIB / 2, `${onWay} bytes on the way to who reads nothing`);
    assert.equal((await textOf(inner)).length, 4 * MIB);
  });

  it('is read to its end when the other end is gone by then', async (context) => {
    const { outer, inner } = openPair(context);
    inner.end('x'.repeat(100_000));
    await once(inner, 'finish');
    inner.destroy();
    await turns();
    assert.equal((await textOf(outer)).length, 100_000);
    // What is written to nobody stops nobody.
    outer.end('x'.repeat(MIB));
    await once(outer, 'finish');
  });

  it('ends with the other end where that said nothing of an end', async (context) => {
    const { outer, inner } = openPair(context);
    inner.destroy();
    await once(outer, 'close');
    assert.equal(outer.readableEnded, false);
  });

  it('tells what is wanted of the connection', async (context) => {
    const { outer, inner, wishes } = openPair(context);
    inner.setTimeout(1_500).resetAndDestroy();
    await once(outer, 'close');
    assert.deepEqual(wishes, [{ silenceMs: 1_500 }, 'reset']);
  });
});
