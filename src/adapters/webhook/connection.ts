import type { Socket } from 'node:net';
import { answerBytesMax } from '../../domain/limits.ts';
import type { Connect } from './connector.ts';
import { ConnectionEnded } from './exchange-error.ts';
import type { RunningExchange } from './exchange.ts';
import type { RenderedRequest } from './request.ts';
import { BadResponse, type HeadReader, type ResponseHead } from './response-head.ts';
import { ResponseReader, type ResponseSink } from './response-reader.ts';
import type { TurnOfWrites, Writer } from './turn-of-writes.ts';

/** A connection that idles longer is closed, unless the receiver says with `Keep-Alive: timeout` how long it waits. */
const IDLE_MS = 4_000; // below the 5 s of Node's own server, the shortest of the common ones
const IDLE_MS_MAX = 60_000;
/** So much earlier than the receiver says, that no request meets its end. */
const IDLE_MARGIN_MS = 2_000;

export interface ConnectionParts {
  readonly connect: Connect;
  readonly heads: HeadReader;
  readonly writes: TurnOfWrites;
  /** It is there no more, by whoever's doing; it may have had a request. Called once. */
  readonly onEnd: () => void;
}

/**
 * One connection to an endpoint, for one request at a time over HTTP/1.1: opened for its first, used again as long as
 * both sides leave it in order.
 *
 *     opening ──▶ asking ──turn ends──▶ asked ──response is whole, in order──▶ free ──begin──▶ asking …
 *        │          │                     │                                     │
 *        └──────────┴─────────────────────┴──fails, is given up, is not in order, ends──▶ ended
 *
 * Nothing is ever sent twice from here.
 */
export class Connection implements ResponseSink, Writer {
  readonly #parts: ConnectionParts;
  readonly #reader: ResponseReader;
  #socket: Socket | null = null;
  #giveUp: ((reason: Error) => void) | null = null;
  #exchange: RunningExchange | null = null;
  /** What it is to write. */
  #unsent: RenderedRequest | null = null;
  /** What may still be read for the request that has it. */
  #readable = answerBytesMax;
  #hasEnded = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#reader = new ResponseReader(parts.heads, this);
  }

  /** How long it may idle now, by what the receiver said last: 0 for not at all. */
  get idleMs(): number {
    const keepAliveMs = this.#reader.head?.keepAliveMs ?? null;
    return keepAliveMs === null ? IDLE_MS : Math.min(keepAliveMs - IDLE_MARGIN_MS, IDLE_MS_MAX);
  }

  /** Sends a request, and tells the exchange what comes of it. */
  begin(request: RenderedRequest, exchange: RunningExchange): void {
    this.#exchange = exchange;
    this.#unsent = request;
    if (this.#socket === null) this.#open();
    else this.#parts.writes.add(this);
  }

  write(): void {
    const [socket, request] = [this.#socket, this.#unsent];
    this.#unsent = null;
    if (socket !== null && request !== null && !this.#hasEnded) this.#send(socket, request);
  }

  /** Its request is over, and left it in order. */
  free(): void {
    this.#exchange = null;
  }

  /** Ends it at once, with whatever is on the wire. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#exchange = null;
    this.#giveUp?.(new ConnectionEnded());
    this.#socket?.destroy();
    this.#parts.onEnd();
  }

  onHead({ status, headers }: ResponseHead): void {
    this.#exchange?.answered(status, headers);
  }

  onBody(bytes: Buffer): void {
    this.#exchange?.read(bytes);
  }

  #open(): void {
    this.#giveUp = this.#parts.connect({
      onPhase: (phase) => this.#exchange?.entered(phase),
      onSocket: (socket) => {
        this.#giveUp = null;
        if (this.#hasEnded) {
          socket.destroy();
          return;
        }
        this.#socket = socket;
        this.#watch(socket);
        this.#parts.writes.add(this);
      },
      onBytes: (bytes) => {
        this.#take(bytes);
      },
      onFailure: (failure) => {
        this.#giveUp = null;
        this.#fail(failure);
      },
    });
  }

  #watch(socket: Socket): void {
    socket.on('end', () => {
      if (this.#reader.endsWithConnection) this.#exchange?.ended(false);
      else this.#fail(new ConnectionEnded());
    });
    socket.on('error', (error) => {
      this.#fail(error);
    });
    socket.on('close', () => {
      this.#fail(new ConnectionEnded());
    });
  }

  #send(socket: Socket, { head, body, bodyBytes }: RenderedRequest): void {
    this.#reader.begin();
    this.#readable = answerBytesMax;
    this.#exchange?.sent();
    // One write either way. Where each character is one byte, Node hands the text over without an object for its bytes.
    if (body.length === bodyBytes) {
      socket.write(head + body, 'latin1');
      return;
    }
    const bytes = Buffer.allocUnsafe(head.length + bodyBytes);
    bytes.write(head, 'latin1');
    bytes.write(body, head.length);
    socket.write(bytes);
  }

  #take(bytes: Buffer): void {
    const exchange = this.#exchange;
    if (exchange === null || this.#unsent !== null) {
      this.#fail(new BadResponse('it came before it was asked for'));
      return;
    }
    this.#readable -= bytes.length;
    const more = this.#pushed(bytes);
    if (this.#reader.isWhole) this.#whole(more);
    else if (this.#readable < 0) exchange.overran();
  }

  /** Answers how much came behind the end of the response. */
  #pushed(bytes: Buffer): number {
    try {
      return this.#reader.push(bytes);
    } catch (error) {
      if (!(error instanceof BadResponse)) throw error;
      this.#fail(error);
      return 0;
    }
  }

  #whole(more: number): void {
    const isSent = this.#socket?.writableLength === 0;
    const mayFollow = isSent && more === 0 && this.idleMs > 0 && this.#reader.head?.isPersistent === true;
    this.#exchange?.ended(mayFollow);
  }

  /** Whoever has it hears of it, and lets go of it. */
  #fail(error: Error): void {
    this.#exchange?.failedWith(error);
    this.end();
  }
}
