import type { MessagePort } from 'node:worker_threads';
import type { PassedOn } from './pass-on.ts';
import { PortSocket } from './port-socket.ts';
import { type ConnectionHolder, ServerSockets, type Sockets } from './server-sockets.ts';

/**
 * What a server is opened on whose connections are held elsewhere, where some requests are answered and the others passed
 * on (`makePassOn`): each of these comes by a connection of its own, and looks as it did where it came in.
 */
export class PassedSockets implements Sockets {
  readonly scheme: Sockets['scheme'];
  readonly makeServer: Sockets['makeServer'];
  readonly #holder: ConnectionHolder;
  /** Those of the connections between threads: none of them listens. */
  readonly #inner = new ServerSockets(null);

  /** @param ports at whose other ends requests are passed on */
  constructor(scheme: Sockets['scheme'], holder: ConnectionHolder, ports: readonly MessagePort[]) {
    this.scheme = scheme;
    this.makeServer = this.#inner.makeServer;
    this.#holder = holder;
    for (const port of ports) {
      port.on('message', ({ port: connection, isEncrypted, ...ends }: PassedOn) => {
        const socket = new PortSocket(connection, ends);
        // As Node's own sockets have it.
        this.#inner.take(isEncrypted ? Object.assign(socket, { encrypted: true }) : socket);
      });
    }
  }

  open(): void {
    this.#inner.open();
    this.#holder.open();
  }

  refuse(): void {
    this.#holder.refuse();
  }

  async close(): Promise<void> {
    await this.#holder.close();
    await this.#inner.close();
  }

  cutOff(): void {
    this.#holder.cutOff();
  }
}
