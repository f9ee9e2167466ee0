import { responseHeaderBytesMax } from '../../domain/limits.ts';
import { BadResponse, type HeadReader, type ResponseHead, tooLargeHead } from './response-head.ts';

/** Told of a response as it comes. */
export interface ResponseSink {
  /** The final one; what is only interim (1xx) is passed over. */
  onHead(head: ResponseHead): void;
  /** Part of the body; valid during the call. */
  onBody(bytes: Buffer): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const NOTHING = Buffer.alloc(0);
/** Of a chunk's size, with extensions that nobody reads; and of a trailer. */
const LINE_BYTES_MAX = responseHeaderBytesMax;
/** A size in hexadecimal, up to 2^52, then extensions (RFC 9112, section 7.1). */
const CHUNK_LINE = /^([0-9A-Fa-f]{1,13})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

/**
 * Reads the responses of one connection, one after the other:
 *
 *     head ──▶ counted ───────────────────────────────▶ whole ──begin──▶ head …
 *       ├────▶ chunk size ──▶ chunk ──▶ chunk end ──┐      ▲
 *       │          ▲  └──size 0──▶ trailer ──empty──│──────┤
 *       │          └────────────────────────────────┘      │
 *       └────▶ until close ──end of the connection─────────┘
 *
 * It holds at most one head or one line that has not come whole. How much comes in all is for the owner to limit.
 */
export class ResponseReader {
  readonly #heads: HeadReader;
  readonly #sink: ResponseSink;
  #state: 'head' | 'counted' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer' | 'until close' | 'whole' = 'whole';
  #head: ResponseHead | null = null;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  /** The beginning of a head or a line of which the end has not come. */
  #rest = NOTHING;

  constructor(heads: HeadReader, sink: ResponseSink) {
    this.#heads = heads;
    this.#sink = sink;
  }

  /** A response is expected. */
  begin(): void {
    this.#state = 'head';
    this.#head = null;
  }

  /** The response has been read, up to its end. */
  get isWhole(): boolean {
    return this.#state === 'whole';
  }

  /** The end of the connection is the end of the response. */
  get endsWithConnection(): boolean {
    return this.#state === 'until close';
  }

  /** The final head, once it was read. */
  get head(): ResponseHead | null {
    return this.#head;
  }

  /**
   * Reads what came. Answers how many bytes came behind the end, which belong to no response that anybody asked for.
   *
   * @throws BadResponse
   */
  push(bytes: Buffer): number {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const looked = this.#rest.length;
    this.#rest = NOTHING;
    while (rest.length > 0 && this.#state !== 'whole') {
      const used = this.#read(rest, rest.length > bytes.length ? looked : 0);
      // Copied, because what was pushed may be written over.
      if (used === 0) this.#rest = Buffer.from(rest);
      if (used === 0 || used === rest.length) return 0;
      rest = rest.subarray(used);
    }
    return rest.length;
  }

  /** Answers how many bytes it used: none when more has to come first. @param looked how many were there before */
  #read(bytes: Buffer, looked: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, looked);
      case 'counted':
      case 'chunk':
        return this.#readCounted(bytes);
      case 'until close':
        this.#sink.onBody(bytes);
        return bytes.length;
      case 'chunk size':
      case 'chunk end':
      case 'trailer':
        return this.#readLine(bytes, looked);
      case 'whole':
        return 0;
    }
  }

  #readHead(bytes: Buffer, looked: number): number {
    const end = bytes.indexOf(HEAD_END, Math.max(0, looked - HEAD_END.length));
    if (end === -1) {
      if (bytes.length > responseHeaderBytesMax) throw tooLargeHead();
      if (!mayBeginHead(bytes)) throw new BadResponse('it does not begin with a status line of HTTP/1.1');
      return 0;
    }
    const head = this.#heads.read(bytes.toString('latin1', 0, end));
    if (head.status >= 200) this.#begin(head);
    return end + HEAD_END.length;
  }

  #begin(head: ResponseHead): void {
    this.#head = head;
    if (head.body === 'chunked') this.#state = 'chunk size';
    else if (head.body === 'until close') this.#state = 'until close';
    else this.#count(head.body);
    this.#sink.onHead(head);
  }

  #count(bytes: number): void {
    this.#left = bytes;
    this.#state = bytes === 0 ? 'whole' : 'counted';
  }

  #readCounted(bytes: Buffer): number {
    const part = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
    this.#left -= part.length;
    if (this.#left === 0) this.#state = this.#state === 'chunk' ? 'chunk end' : 'whole';
    this.#sink.onBody(part);
    return part.length;
  }

  #readLine(bytes: Buffer, looked: number): number {
    const end = bytes.indexOf(LINE_END, Math.max(0, looked - LINE_END.length));
    if (end > LINE_BYTES_MAX || (end === -1 && bytes.length > LINE_BYTES_MAX))
      throw new BadResponse('a line between its chunks is too long');
    if (end === -1 && this.#state === 'chunk end' && bytes[0] !== LINE_END[0]) throw brokenChunks();
    if (end === -1) return 0;
    this.#takeLine(bytes.toString('latin1', 0, end));
    return end + LINE_END.length;
  }

  #takeLine(line: string): void {
    if (this.#state === 'trailer') {
      if (line === '') this.#state = 'whole';
      return;
    }
    if (this.#state === 'chunk end') {
      if (line !== '') throw brokenChunks();
      this.#state = 'chunk size';
      return;
    }
    const size = CHUNK_LINE.exec(line)?.[1];
    if (size === undefined) throw brokenChunks();
    this.#left = parseInt(size, 16);
    this.#state = this.#left === 0 ? 'trailer' : 'chunk';
  }
}

function brokenChunks(): BadResponse {
  return new BadResponse('its chunks are broken');
}

const PROTOCOL = 'HTTP/1.';

/** What is no HTTP may never have an empty line, and need not be waited for. */
function mayBeginHead(bytes: Buffer): boolean {
  const beginning = bytes.toString('latin1', 0, PROTOCOL.length);
  return PROTOCOL.startsWith(beginning);
}
