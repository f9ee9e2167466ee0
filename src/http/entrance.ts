import {
  addressError,
  type FollowedCertificate,
  ServerSockets,
  type Sockets,
  type Timeouts,
} from './server-sockets.ts';

export interface EntranceOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Null: plain HTTP. */
  readonly certificate: FollowedCertificate | null;
  /** Of connections; `TIMEOUTS` without. */
  readonly timeouts?: Timeouts;
}

/** Where connections come in. */
export interface Entrance {
  readonly port: number;
  readonly sockets: Sockets;
  /** Ends all of it at once, with what waits for an answer. */
  close(): Promise<void>;
}

/**
 * Listens, and has what is asked wait until a server is opened on it: so that an address that cannot be had is known
 * before anything else is done, and what this Sluice delivers to itself finds it listening.
 *
 * @throws SluiceError `address_in_use`, `address_unusable`
 */
export async function openEntrance({ host, port, certificate, timeouts }: EntranceOptions): Promise<Entrance> {
  const sockets = new ServerSockets(certificate, timeouts);
  try {
    return entranceOf(sockets, await sockets.listen(host, port));
  } catch (error) {
    throw addressError(error, { host, port });
  }
}

export function entranceOf(sockets: Sockets, port: number): Entrance {
  return {
    ...{ sockets, port },
    close: async () => {
      const closed = sockets.close();
      sockets.cutOff();
      await closed;
    },
  };
}
