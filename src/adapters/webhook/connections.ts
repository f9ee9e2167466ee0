import type { Ambient } from '../../ports/ambient.ts';
import { Connection, type ConnectionParts } from './connection.ts';

/**
 * The connections to one endpoint, each for one request at a time. What is free was used last comes first, so that a
 * burst's connections fall idle and end when it is over.
 */
export class Connections {
  readonly #parts: Omit<ConnectionParts, 'onEnd'>;
  readonly #ambient: Pick<Ambient, 'after' | 'elapsedMs'>;
  readonly #all = new Set<Connection>();
  /** With the time from which each of them has idled for too long. */
  #free: { readonly connection: Connection; readonly untilMs: number }[] = [];
  #timer: { cancel(): void } | null = null;
  /** Who waits for the last one to end. */
  #closing: PromiseWithResolvers<undefined> | null = null;

  constructor(parts: Omit<ConnectionParts, 'onEnd'>, ambient: Pick<Ambient, 'after' | 'elapsedMs'>) {
    this.#parts = parts;
    this.#ambient = ambient;
  }

  /** One that nobody else has until it is given back, or null when this is closed. */
  take(): Connection | null {
    if (this.#closing !== null) return null;
    for (;;) {
      const free = this.#free.pop();
      if (free === undefined) return this.#add();
      // Its timer is late where much is to be done.
      if (free.untilMs > this.#ambient.elapsedMs()) return free.connection;
      free.connection.end();
    }
  }

  /** Its request is over and left it in order. */
  giveBack(connection: Connection): void {
    connection.free();
    if (this.#closing !== null) {
      connection.end();
      return;
    }
    this.#free.push({ connection, untilMs: this.#ambient.elapsedMs() + connection.idleMs });
    if (this.#timer === null) this.#watchIdle(connection.idleMs);
  }

  /** Ends the free ones at once and the others with their request. Resolves when the last one has ended. */
  async close(): Promise<void> {
    this.#closing ??= Promise.withResolvers();
    this.#timer?.cancel();
    for (const { connection } of this.#free.splice(0)) connection.end();
    this.#resolveWhenNone();
    await this.#closing.promise;
  }

  #add(): Connection {
    const connection = new Connection({
      ...this.#parts,
      onEnd: () => {
        this.#all.delete(connection);
        const at = this.#free.findIndex((free) => free.connection === connection);
        if (at !== -1) this.#free.splice(at, 1);
        this.#resolveWhenNone();
      },
    });
    this.#all.add(connection);
    return connection;
  }

  #watchIdle(inMs: number): void {
    this.#timer = this.#ambient.after(inMs, () => {
      this.#timer = null;
      const nowMs = this.#ambient.elapsedMs();
      for (const { connection, untilMs } of [...this.#free]) if (untilMs <= nowMs) connection.end();
      const nextMs = Math.min(...this.#free.map(({ untilMs }) => untilMs));
      if (nextMs < Infinity) this.#watchIdle(Math.max(1, nextMs - nowMs));
    });
  }

  #resolveWhenNone(): void {
    if (this.#all.size === 0) this.#closing?.resolve(undefined);
  }
}
