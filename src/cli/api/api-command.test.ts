import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openReceiver } from '../../../test/support/receiver.ts';
import { CommandFailure } from '../exit-codes.ts';
import { clientOf } from './api-command.ts';

describe('a client of the command line', () => {
  it('is told by a server that takes a request and does not answer that it is not reached', async () => {
    const server = await openReceiver();
    server.answer('hang');
    await assert.rejects(clientOf({ url: server.url(''), token: null }, 50).getSession(), (error) => {
      assert.ok(error instanceof CommandFailure);
      assert.equal(error.ending, 'unreachable');
      assert.match(error.message, /^http:\/\/127\.0\.0\.1:\d+\/? does not answer within 50 ms$/);
      return true;
    });
    await server.close();
  });

  it('waits as long as it takes for what follows once an answer has begun', async () => {
    const server = await openReceiver();
    server.answer({ body: '{"name":"x"}', delayMs: 0 });
    const session = await clientOf({ url: server.url(''), token: null }, 2_000).getSession();
    assert.equal(session.name, 'x');
    await server.close();
  });
});
