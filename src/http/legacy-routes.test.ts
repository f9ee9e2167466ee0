import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertError, openBench } from '../../test/support/http-bench.ts';
import { openOperators } from '../../test/support/operators.ts';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';

const ASK = { method: 'GET', path: '/crossdomain.xml', headers: {}, body: '' } as const;

describe('the policy for Flash', () => {
  it('lets any site send calls, without headers of its own', async (context) => {
    const { access } = await openOperators({ ambient: new SimulatedAmbient() });
    const { send } = await openBench(context, { access });
    const { status, headers, body } = await send(ASK);
    assert.deepEqual([status, headers['content-type']], [200, 'application/xml; charset=utf-8']);
    assert.match(body, /<allow-access-from domain="\*" secure="false"\/>/);
    assert.doesNotMatch(body, /allow-http-request-headers-from/);
  });

  it('is not there where this machine needs no token', async (context) => {
    const { access } = await openOperators({ ambient: new SimulatedAmbient(), isOpenOnLoopback: true });
    const { send } = await openBench(context, { access });
    assertError(await send(ASK), 404, 'not_found');
  });
});
