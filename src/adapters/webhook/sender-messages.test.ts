import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Exchange, NOTHING_TIMED } from '../../domain/attempt.ts';
import {
  type EndedValue,
  HeardHeaders,
  packEnded,
  packSend,
  ToldHeaders,
  unpackEnded,
  unpackSends,
} from './sender-messages.ts';

const SUCCESS: Exchange = {
  ...{ status: 200, error: null, durationMs: 12.5, excerpt: 'ok', isCut: false },
  timing: { ...NOTHING_TIMED, waitMs: 12, readMs: 0.5 },
  requestHeaders: ['Content-Type', 'application/json', 'X-Empty', '', 'webhook-id', 'evt_1'],
  responseHeaders: { date: 'Thu, 01 Jan 2026 00:00:00 GMT' },
};
const FAILURE: Exchange = {
  ...{ status: null, error: { code: 'timeout', message: 'it did not answer' }, durationMs: 5_000 },
  timing: { ...NOTHING_TIMED, dnsMs: 1, connectMs: 2, tlsMs: 4_997 },
  ...{ requestHeaders: [], responseHeaders: {}, excerpt: '', isCut: false },
};
const CUT: Exchange = { ...SUCCESS, status: 503, excerpt: 'half ☃', isCut: true };

/** What a message with these exchanges of one sender holds, and what is read from it at the other end. */
function carried(...exchanges: readonly Exchange[]): { readonly message: EndedValue[]; readonly read: Exchange[] } {
  const message: EndedValue[] = [];
  const told = new ToldHeaders();
  for (const [number, exchange] of exchanges.entries()) packEnded(message, number, exchange, told);
  const read: Exchange[] = [];
  const heard = new HeardHeaders();
  unpackEnded(structuredClone(message), (number) => ({ heard, resolve: (exchange) => (read[number] = exchange) }));
  return { message, read };
}

describe('messages between the thread of the lanes and a sender thread', () => {
  it('bring requests as they were asked for, with sender and number', () => {
    const requests = [
      { id: 'evt_1', body: '{"a":"☃"}', atMs: 1_767_225_600_000 },
      { id: 'evt_2', body: '', atMs: 1_767_225_600_001 },
    ];
    const message: (string | number)[] = [];
    for (const [number, request] of requests.entries()) packSend(message, 7, number, request);
    const read: unknown[] = [];
    unpackSends(structuredClone(message), (...each) => read.push(each));
    assert.deepEqual(
      read,
      requests.map((request, number) => [7, number, request]),
    );
  });

  it('bring exchanges as they came: successes, failures, cut ones', () => {
    assert.deepEqual(carried(SUCCESS, FAILURE, CUT, SUCCESS).read, [SUCCESS, FAILURE, CUT, SUCCESS]);
  });

  it('tell response headers of a sender only where they are others than before', () => {
    const alike = { ...SUCCESS, responseHeaders: { ...SUCCESS.responseHeaders } };
    const other = { ...SUCCESS, responseHeaders: { date: 'Thu, 01 Jan 2026 00:00:01 GMT' } };
    const { message, read } = carried(SUCCESS, SUCCESS, alike, other, SUCCESS);
    assert.equal(message.filter((value) => typeof value === 'string' && value.startsWith('{"date"')).length, 3);
    assert.deepEqual(read, [SUCCESS, SUCCESS, alike, other, SUCCESS]);
  });

  it('take a header named __proto__ for a header', () => {
    const responseHeaders = Object.fromEntries([['__proto__', 'x']]) as Exchange['responseHeaders'];
    const [read] = carried({ ...SUCCESS, responseHeaders }).read;
    assert.equal(Object.getOwnPropertyDescriptor(read?.responseHeaders, '__proto__')?.value, 'x');
  });
});
