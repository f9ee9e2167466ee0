/**
 * The calls that the benchmark sends, and how the receiver recognises their events. A message id carries all that is
 * measured, `bench-<number, 10 digits>-<sent at, 15 digits>`, because it passes through any gateway unchanged and
 * digits of fixed width can be written into a request that was rendered once.
 */
const ID_PREFIX = '"messageId":"bench-';
const NUMBER_DIGITS = 10;
const TIME_DIGITS = 15;
const ID_DIGITS = `${'0'.repeat(NUMBER_DIGITS)}-${'0'.repeat(TIME_DIGITS)}`;
const MARK = Buffer.from(ID_PREFIX);
const ZERO = 48;

/** A monotonic clock in microseconds that all processes of this machine share. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** One HTTP request, rendered once and stamped anew for each sending. */
export interface RenderedCall {
  readonly bytes: Buffer;
  /** Where the number of each event stands. */
  readonly numbersAt: readonly number[];
}

/** A track call, or a batch of them, of about 600 bytes an event: what a library in a shop's backend sends. */
export function renderCall(url: URL, writeKey: string, eventsPerCall: number): RenderedCall {
  const single = eventsPerCall === 1;
  const events = Array.from({ length: eventsPerCall }, renderEvent);
  const body = single ? events.join() : `{"batch":[${events.join()}],"sentAt":"2026-01-01T00:00:00.000Z"}`;
  const head = [
    `POST ${single ? '/v1/track' : '/v1/batch'} HTTP/1.1`,
    `Host: ${url.host}`,
    'User-Agent: analytics-node/3.1.0',
    'Content-Type: application/json',
    `Authorization: Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  return { bytes, numbersAt: [...marksIn(bytes, 0)] };
}

function renderEvent(): string {
  const rest = JSON.stringify({
    type: 'track',
    event: 'Order Completed',
    userId: '019mr8mf4r',
    timestamp: '2026-01-01T00:00:00.000Z',
    properties: {
      orderId: '50314b8e9bcf000000000000',
      total: 27.5,
      currency: 'USD',
      coupon: 'hasbros',
      products: [
        {
          productId: '507f1f77bcf86cd799439011',
          sku: '45790-32',
          name: 'Monopoly: 3rd Edition',
          price: 19,
          quantity: 1,
        },
        { productId: '505bd76785ebb509fc183733', sku: '46493-32', name: 'Uno Card Game', price: 3, quantity: 2 },
      ],
    },
    context: { library: { name: '@segment/analytics-node', version: '3.1.0' }, ip: '203.0.113.7', locale: 'en-US' },
  });
  return `{${ID_PREFIX}${ID_DIGITS}",${rest.slice(1)}`;
}

/** Numbers the events of a call from `first` on, and writes into each when it was sent. */
export function stamp(call: RenderedCall, first: number, sentUs: number): void {
  call.numbersAt.forEach((at, index) => {
    writeDigits(call.bytes, at, NUMBER_DIGITS, first + index);
    writeDigits(call.bytes, at + NUMBER_DIGITS + 1, TIME_DIGITS, sentUs);
  });
}

/** Calls `onEvent` with number and time of sending of each event in a message from `from` on. */
export function readStamps(message: Buffer, from: number, onEvent: (number: number, sentUs: number) => void): void {
  for (const at of marksIn(message, from)) {
    const number = readDigits(message, at, NUMBER_DIGITS);
    onEvent(number, readDigits(message, at + NUMBER_DIGITS + 1, TIME_DIGITS));
  }
}

function* marksIn(bytes: Buffer, from: number): Generator<number> {
  for (let at = bytes.indexOf(MARK, from); at !== -1; at = bytes.indexOf(MARK, at)) {
    at += MARK.length;
    yield at;
  }
}

function writeDigits(bytes: Buffer, at: number, digits: number, value: number): void {
  let rest = value;
  for (let index = at + digits - 1; index >= at; index--) {
    bytes[index] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

function readDigits(bytes: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let index = at; index < at + digits; index++) value = value * 10 + (bytes[index] ?? ZERO) - ZERO;
  return value;
}
