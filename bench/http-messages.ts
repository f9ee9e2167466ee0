const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts the bytes of one connection into HTTP/1.1 messages, requests or responses alike, with as little work as
 * counting them allows: the two ends of a measurement must cost far less than the program between them.
 *
 * It knows only bodies with a `Content-Length` (none means an empty body) and throws on a chunked one, since
 * everything that the benchmark exchanges has a length.
 */
export class HttpMessages {
  #rest: Buffer = NOTHING;

  /** Calls `onMessage` for each message that is complete; what is left waits for the next bytes. */
  push(bytes: Buffer, onMessage: (message: Buffer, bodyAt: number) => void): void {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const headEnd = rest.indexOf(HEAD_END);
      if (headEnd === -1) break;
      const bodyAt = headEnd + HEAD_END.length;
      const end = bodyAt + bodyLengthOf(rest.toString('latin1', 0, headEnd));
      if (rest.length < end) break;
      onMessage(rest.subarray(0, end), bodyAt);
      rest = rest.subarray(end);
    }
    this.#rest = rest;
  }
}

function bodyLengthOf(head: string): number {
  const length = LENGTH.exec(head)?.[1];
  if (length !== undefined) return Number(length);
  if (/\r\ntransfer-encoding:/i.test(head)) throw new Error(`a message without Content-Length: ${head}`);
  return 0;
}
