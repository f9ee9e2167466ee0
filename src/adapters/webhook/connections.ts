import type { Socket } from 'node:net';
import type { Client } from 'undici';
import { answerBytesMax } from '../../domain/limits.ts';
import type { RunningExchange } from './exchange.ts';
import type { OnPhase } from './opening.ts';

/** One connection, opened anew when it had ended, and the request that has it. */
export class Connection {
  readonly client: Client;
  #socket: Socket | null = null;
  #exchange: RunningExchange | null = null;
  #readMax = answerBytesMax;

  /** @param makeClient given what is to be told of connecting */
  constructor(makeClient: (watcher: ConnectionWatcher) => Client) {
    this.client = makeClient({
      onPhase: (phase) => {
        this.#exchange?.entered(phase);
      },
      onSocket: (socket) => {
        this.#watch(socket);
      },
    });
  }

  begin(exchange: RunningExchange): void {
    this.#exchange = exchange;
    this.#readMax = (this.#socket?.bytesRead ?? 0) + answerBytesMax;
  }

  end(): void {
    this.#exchange = null;
  }

  /** Counts what is read off the socket, for what undici reads without telling of it. */
  #watch(socket: Socket): void {
    this.#socket = socket;
    this.#readMax = answerBytesMax;
    socket.on('readable', () => {
      if (socket.bytesRead > this.#readMax) this.#exchange?.overran();
    });
  }
}

/** Told of what happens before there is a connection, and of each one. */
export interface ConnectionWatcher {
  readonly onPhase: OnPhase;
  readonly onSocket: (socket: Socket) => void;
}

/**
 * The connections to one endpoint, each for one request at a time. What is free was used last comes first, so that a
 * burst's connections fall idle and end when it is over.
 *
 * undici's own pool counts a connection as busy until the event loop has turned once more, so a request that follows
 * its predecessor at once would find none free and open another: twice as many as are needed.
 */
export class Connections {
  readonly #open: () => Connection;
  readonly #all = new Set<Connection>();
  #free: Connection[] = [];
  #closing: Promise<unknown> | null = null;

  /** @param open one that connects when its first request comes */
  constructor(open: () => Connection) {
    this.#open = open;
  }

  /** One that nobody else has until it is given back, or null when this is closed. */
  take(): Connection | null {
    if (this.#closing !== null) return null;
    return this.#free.pop() ?? this.#add();
  }

  /** Its request is over and left it in order. */
  giveBack(connection: Connection): void {
    connection.end();
    // One that closes with its last response is dropped by its own event, before or after this.
    if (this.#all.has(connection) && this.#closing === null) this.#free.push(connection);
  }

  /** Its request failed or was given up: whatever may still be on the wire or in its queue ends with it. */
  drop(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    this.#free = this.#free.filter((other) => other !== connection);
    void connection.client.destroy();
  }

  /** Ends the free ones at once and the others with their request. */
  async close(): Promise<void> {
    this.#closing ??= Promise.all(Array.from(this.#all, async ({ client }) => client.close()));
    await this.#closing;
  }

  #add(): Connection {
    const connection = this.#open();
    this.#all.add(connection);
    connection.client.on('disconnect', () => {
      // With a request in its queue it connects again.
      if (this.#free.includes(connection)) this.drop(connection);
    });
    return connection;
  }
}
