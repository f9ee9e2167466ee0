import assert from 'node:assert/strict';
import { once } from 'node:events';
import { TLSSocket } from 'node:tls';
import { describe, it, type TestContext } from 'node:test';
import { makeCertificates } from '../../../test/support/certificates.ts';
import { openReceiver } from '../../../test/support/receiver.ts';
import { SimulatedAmbient } from '../../../test/support/simulated-ambient.ts';
import { makeAddressGuard } from './address-guard.ts';
import { makeConnect } from './connector.ts';
import { ConnectFailure } from './exchange-error.ts';
import { makeTrust } from './trust.ts';

const certificates = makeCertificates();

/** A connection over TLS 1.3 to a server that sends two tickets right after the handshake, as OpenSSL does by default. */
async function connected(t: TestContext, ticketsMax?: number): Promise<TLSSocket> {
  const receiver = await openReceiver({ tls: { ...certificates.good, minVersion: 'TLSv1.3' } });
  t.after(async () => receiver.close());
  const connect = makeConnect({
    ambient: new SimulatedAmbient(),
    guard: makeAddressGuard({ allow: ['127.0.0.1'], deny: [] }),
    peer: { name: 'hooks', host: '127.0.0.1', port: receiver.port },
    proxy: null,
    secureContext: makeTrust([certificates.ca])(null),
    timeoutMs: 5_000,
    ...(ticketsMax === undefined ? {} : { ticketsMax }),
  });
  return new Promise((resolve, reject) => {
    connect({
      onPhase: () => undefined,
      onBytes: () => undefined,
      onSocket: (socket) => {
        assert.ok(socket instanceof TLSSocket);
        resolve(socket);
      },
      onFailure: reject,
    });
  });
}

describe('a TLS connection', () => {
  it('is ended by more session tickets in a second than any server sends', async (t) => {
    const socket = await connected(t, 1);
    const [error] = (await once(socket, 'error')) as [unknown];
    assert.ok(error instanceof ConnectFailure);
    assert.deepEqual(error.attemptError, {
      code: 'tls_failed',
      message: 'hooks sends TLS session tickets without end',
    });
    assert.equal(socket.destroyed, true);
  });

  it('takes the session tickets that servers send', async (t) => {
    const socket = await connected(t);
    await once(socket, 'session');
    await once(socket, 'session');
    assert.equal(socket.destroyed, false);
    socket.destroy();
  });
});
