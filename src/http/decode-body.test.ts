import assert from 'node:assert/strict';
import { type IncomingMessage, request as send, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { SluiceError } from '../domain/errors.ts';
import { ReadingRoom, readBytes } from './decode-body.ts';

const LIMIT = { bytesMax: 1_000, code: 'call_too_large' } as const;

/** Reads each request within this room, and answers how many bytes it had, or the code of what went wrong. */
async function openReader(room: ReadingRoom): Promise<{ url: string; close(): void; reading(): Promise<unknown> }> {
  const server = createServer((incoming: IncomingMessage, response) => {
    readBytes(incoming, LIMIT, { reading: room }).then(
      (body) => response.end(String(body.length)),
      (error: unknown) => response.end(error instanceof SluiceError ? error.code : String(error)),
    );
    server.emit('reading');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close().closeAllConnections();
    },
    reading: async () => once(server, 'reading'),
  };
}

async function answerTo(url: string, body: string): Promise<string> {
  return (await fetch(url, { method: 'POST', body })).text();
}

describe('the room for bodies that are being read', () => {
  it('is shared by all requests: one that finds none is told to send again', async () => {
    const room = new ReadingRoom(1_200);
    const reader = await openReader(room);
    const slow = send(reader.url, { method: 'POST' });
    const answered = once(slow, 'response') as Promise<[IncomingMessage]>;
    const reading = reader.reading();
    slow.write('x'.repeat(900));
    await reading;
    // Its first bytes are there once the room has less left than they take.
    while (room.take(400)) {
      room.give(400);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(await answerTo(reader.url, 'y'.repeat(400)), 'log_busy');
    assert.equal(await answerTo(reader.url, 'y'.repeat(300)), '300');
    slow.end('x');
    const [response] = await answered;
    assert.equal(Buffer.concat((await response.toArray()) as Buffer[]).toString(), '901');
    assert.equal(await answerTo(reader.url, 'y'.repeat(400)), '400');
    reader.close();
  });

  it('is free again after a body was read, was too large, or was cut off', async () => {
    const room = new ReadingRoom(1_200);
    const reader = await openReader(room);
    assert.equal(await answerTo(reader.url, 'x'.repeat(1_000)), '1000');
    assert.equal(await answerTo(reader.url, 'x'.repeat(1_001)), 'call_too_large');
    const cut = send(reader.url, { method: 'POST', headers: { 'content-length': 1_000 } });
    cut.on('error', () => undefined);
    const reading = reader.reading();
    cut.write('x'.repeat(900));
    await reading;
    cut.destroy();
    while (!room.take(1_200)) await new Promise((resolve) => setImmediate(resolve));
    reader.close();
  });
});
