import type { Client } from 'undici';

/**
 * The connections to one endpoint, each for one request at a time. What is free was used last comes first, so that a
 * burst's connections fall idle and end when it is over.
 *
 * undici's own pool counts a connection as busy until the event loop has turned once more, so a request that follows
 * its predecessor at once would find none free and open another: twice as many as are needed.
 */
export class Connections {
  readonly #open: () => Client;
  readonly #all = new Set<Client>();
  #free: Client[] = [];
  #closing: Promise<unknown> | null = null;

  /** @param open one that connects when its first request comes */
  constructor(open: () => Client) {
    this.#open = open;
  }

  /** One that nobody else has until it is given back, or null when this is closed. */
  take(): Client | null {
    if (this.#closing !== null) return null;
    return this.#free.pop() ?? this.#add();
  }

  /** Its request is over and left it in order. */
  giveBack(client: Client): void {
    // One that closes with its last response is dropped by its own event, before or after this.
    if (this.#all.has(client) && this.#closing === null) this.#free.push(client);
  }

  /** Its request failed or was given up: whatever may still be on the wire or in its queue ends with it. */
  drop(client: Client): void {
    if (!this.#all.delete(client)) return;
    this.#free = this.#free.filter((other) => other !== client);
    void client.destroy();
  }

  /** Ends the free ones at once and the others with their request. */
  async close(): Promise<void> {
    this.#closing ??= Promise.all(Array.from(this.#all, async (client) => client.close()));
    await this.#closing;
  }

  #add(): Client {
    const client = this.#open();
    this.#all.add(client);
    client.on('disconnect', () => {
      // With a request in its queue it connects again.
      if (this.#free.includes(client)) this.drop(client);
    });
    return client;
  }
}
