import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { openBench } from '../../test/support/http-bench.ts';
import type { StreamQuery } from '../domain/stream-query.ts';
import type { StreamReader } from '../pipeline/stream-group.ts';

interface Joined {
  readonly reader: StreamReader;
  readonly query: StreamQuery;
  readonly lastId: string | null;
  readonly socket: Socket;
  /** Resolves when the reader has gone. */
  readonly left: Promise<unknown>;
}

/** Opens the stream over a socket of its own, and answers what the hub sees of it. */
async function join(context: TestContext, target = '/api/v1/stream', headers = ''): Promise<Joined> {
  const said = new EventEmitter();
  const { port } = await openBench(context, {
    stream: {
      join: (...joined) => {
        setImmediate(() => said.emit('joined', ...joined));
        return () => said.emit('left');
      },
    },
  });
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  context.after(() => socket.destroy());
  socket.on('error', () => undefined);
  socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  const left = once(said, 'left');
  const [reader, query, lastId] = (await once(said, 'joined')) as [StreamReader, StreamQuery, string | null];
  return { reader, query, lastId, socket, left };
}

const PIECE = new Uint8Array(1024 * 1024);

describe('a reader of the live stream', () => {
  it('is known to have gone when its connection breaks, and when it ends its side', async (context) => {
    const broken = await join(context);
    broken.socket.destroy();
    await broken.left;
    const ended = await join(context);
    ended.socket.end();
    await ended.left;
  });

  it('that takes nothing is seen by what waits for it, and can be ended all the same', async (context) => {
    const { reader, socket, left } = await join(context);
    socket.pause();
    for (let count = 0; count < 64; count += 1) reader.write(PIECE);
    assert.ok(reader.waitingBytes > 1024 * 1024, `${reader.waitingBytes}`);
    reader.end();
    await left;
  });

  it('that takes all is ended in good order', async (context) => {
    const { reader, socket, left } = await join(context);
    reader.write(new TextEncoder().encode('data: x\n\n'));
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    while (!text.includes('data: x')) await once(socket, 'data');
    assert.equal(reader.waitingBytes, 0);
    reader.end();
    await left;
    assert.match(text, /^HTTP\/1\.1 200 OK/);
  });

  it('is allowed for as long as whoever sends its request would be', async (context) => {
    const { reader } = await join(context);
    assert.equal(reader.isStillAllowed(), true);
  });

  it('asks with what is in the query, and goes on where the header or the query says', async (context) => {
    const id = '0123456789ab-1-1';
    const asked = await join(context, `/api/v1/stream?kinds=attempt,event&user=u&lastEventId=${id}`);
    assert.deepEqual([asked.query, asked.lastId], [{ kinds: ['attempt', 'event'], of: { user: 'u' } }, id]);
    const again = await join(context, `/api/v1/stream?outcome=failed&lastEventId=x`, `Last-Event-ID: ${id}\r\n`);
    assert.deepEqual([again.query, again.lastId], [{ kinds: ['attempt'], of: {}, outcome: 'failed' }, id]);
  });
});
