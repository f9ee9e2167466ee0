import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../../test/support/simulated-ambient.ts';
import type { Exchange } from '../../domain/attempt.ts';
import { Connection } from './connection.ts';
import type { Connecting } from './connector.ts';
import { Deadlines, Expiries } from './deadlines.ts';
import { RunningExchange } from './exchange.ts';
import { HeadReader } from './response-head.ts';
import { TurnOfWrites } from './turn-of-writes.ts';

const TIMEOUT_MS = 5_000;
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** A connection over a socket that keeps what is written, and requests on it. */
function scene() {
  const ambient = new SimulatedAmbient();
  const socket = new PassThrough();
  let peer: Connecting | null = null;
  const connection = new Connection({
    connect: (connecting) => {
      peer = connecting;
      return () => undefined;
    },
    heads: new HeadReader(),
    writes: new TurnOfWrites(ambient),
    onEnd: () => undefined,
  });
  const options = {
    ...{ ambient, timeoutMs: TIMEOUT_MS, peer: { name: 'example.com:80', host: 'example.com', port: 80 } },
    deadlines: new Deadlines(TIMEOUT_MS, ambient, new Expiries(ambient)),
    withoutEchoes: (exchange: Exchange) => exchange,
  };
  return {
    ambient,
    opened: () => peer?.onSocket(socket as unknown as Socket),
    answer: (text: string) => peer?.onBytes(Buffer.from(text)),
    written: () => String(socket.read() ?? ''),
    ask: async (body: string): Promise<Exchange> => {
      const exchange = new RunningExchange(options, [], (isInOrder) => {
        if (isInOrder) connection.free();
        else connection.end();
      });
      connection.begin({ head: 'POST / HTTP/1.1\r\n\r\n', body, bodyBytes: body.length, shownHeaders: [] }, exchange);
      return exchange.result;
    },
  };
}

describe('a connection', () => {
  it('writes a request when the turn ends in which it was opened, or was free', async () => {
    const { ambient, opened, ask, answer, written } = scene();
    const first = ask('one');
    opened();
    assert.equal(written(), '');
    await ambient.advance(0);
    assert.match(written(), /one$/);
    answer(RESPONSE);
    assert.equal((await first).status, 200);
    const second = ask('two');
    assert.equal(written(), '');
    await ambient.advance(0);
    assert.match(written(), /two$/);
    answer(RESPONSE);
    assert.equal((await second).status, 200);
  });

  it('takes nothing for the answer to a request that it has not written', async () => {
    const { ambient, opened, ask, answer, written } = scene();
    const first = ask('one');
    opened();
    await ambient.advance(0);
    written();
    answer(RESPONSE);
    await first;
    const second = ask('two');
    answer(RESPONSE);
    assert.equal((await second).error?.code, 'bad_response');
    await ambient.advance(0);
    assert.equal(written(), '');
  });
});
