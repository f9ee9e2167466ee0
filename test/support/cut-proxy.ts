import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that can be cut: what goes through it is passed on as it is. */
export interface CutProxy extends AsyncDisposable {
  readonly url: string;
  /** Connections that are there now. */
  readonly open: number;
  /** Resets all that are there, in the middle of whatever they carry. */
  cut(): void;
  /** From now on nothing is taken, until `mend`. */
  breakOff(): void;
  mend(): void;
}

/** @param target URL of the server */
export async function openCutProxy(target: string): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let isBroken = false;
  const server = createServer((client) => {
    if (isBroken) {
      client.destroy();
      return;
    }
    const { hostname, port } = new URL(target);
    const upstream = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get open() {
      return sockets.size / 2;
    },
    cut,
    breakOff() {
      isBroken = true;
      cut();
    },
    mend() {
      isBroken = false;
    },
    async [Symbol.asyncDispose]() {
      cut();
      // Not waited for: to Node, a connection that was reset stays one that is there.
      server.close();
      return Promise.resolve();
    },
  };
}
