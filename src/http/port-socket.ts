import { Duplex } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';

/** The two ends of a connection. */
export interface Ends {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
}

/** Bytes of one direction; how many of the other were taken since this was said last; or what else a socket does. */
type PortMessage = Uint8Array<ArrayBuffer> | number | 'end' | 'reset' | { readonly silenceMs: number };

/** What may be on its way and not taken yet: a few chunks of what a socket reads at once. */
const WINDOW_BYTES = 256 * 1024;

/**
 * One end of a connection between two threads, as a socket would be: bytes both ways, each side ended by itself, and no
 * more on the way than the other takes.
 *
 * It stands for a connection that another thread has: `setTimeout` and `resetAndDestroy` are told to the other end,
 * which does so with the connection.
 */
export class PortSocket extends Duplex implements Ends {
  readonly remoteAddress;
  readonly remotePort;
  readonly localAddress;
  readonly localPort;
  readonly #port: MessagePort;
  /** Written, and not known to be taken. */
  #onWay = 0;
  #goOn: (() => void) | null = null;
  /** Taken, and not told. */
  #untold = 0;
  /** The other side has said all that it had to say, which may not all be read here yet. */
  #isEnded = false;
  /** The other end is there no more: nobody takes what is written. */
  #isAlone = false;

  /**
   * @param ends of the connection that it stands for
   * @param told of what the other end wants done with the connection
   */
  constructor(port: MessagePort, ends: Ends, told: (wish: 'reset' | { readonly silenceMs: number }) => void = nothing) {
    super({ allowHalfOpen: true });
    ({
      remoteAddress: this.remoteAddress,
      remotePort: this.remotePort,
      localAddress: this.localAddress,
      localPort: this.localPort,
    } = ends);
    this.#port = port;
    port.on('message', (message: PortMessage) => {
      if (this.destroyed) return;
      if (message instanceof Uint8Array) this.#take(message);
      else if (typeof message === 'number') this.#taken(message);
      else if (message === 'end') this.#end();
      else told(message);
    });
    port.on('close', () => {
      this.#close();
    });
  }

  /** How long the connection may be silent; 0: as long as it wants to. */
  setTimeout(silenceMs: number): this {
    this.#tell({ silenceMs });
    return this;
  }

  /** Has the peer see a reset. */
  resetAndDestroy(): this {
    this.#tell('reset');
    return this.destroy();
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.#tell('end');
    done();
  }

  override _read(): void {
    this.#tellTaken();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#port.close();
    done(error);
  }

  #send(chunk: Buffer, done: () => void): void {
    // What is transferred must have its memory for itself.
    const bytes = new Uint8Array(chunk);
    this.#onWay += bytes.length;
    this.#port.postMessage(bytes, [bytes.buffer]);
    if (this.#isAlone || this.#onWay < WINDOW_BYTES) done();
    else this.#goOn = done;
  }

  #taken(bytes: number): void {
    this.#onWay -= bytes;
    const goOn = this.#goOn;
    if (goOn === null || this.#onWay >= WINDOW_BYTES) return;
    this.#goOn = null;
    goOn();
  }

  #end(): void {
    this.#isEnded = true;
    this.push(null);
  }

  /** The other end is gone. What it sent before is read to its end; what is written from now on nobody takes. */
  #close(): void {
    this.#isAlone = true;
    if (this.#isEnded) this.#taken(this.#onWay);
    else this.destroy();
  }

  #take(bytes: Uint8Array): void {
    this.#untold += bytes.length;
    if (this.push(bytes)) this.#tellTaken();
  }

  /** Not each chunk, which would be as many messages again. */
  #tellTaken(): void {
    if (this.#untold < WINDOW_BYTES / 2 || this.destroyed) return;
    this.#tell(this.#untold);
    this.#untold = 0;
  }

  #tell(message: PortMessage): void {
    if (!this.destroyed) this.#port.postMessage(message);
  }
}

const nothing = (): void => undefined;
