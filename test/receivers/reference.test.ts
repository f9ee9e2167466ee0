/** A receiver that was written for Segment by its reference (Webhooks integration, facts 8 and 9), with our signature. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import { makeSigner } from '../../src/adapters/webhook/signature.ts';
import { normalised } from '../../src/domain/normalise.ts';
import type { JsonObject } from '../../src/lib/json-object.ts';

const SECRET = 'keep-me-safe';
/** What it says of the check, around which there is the route that people put it into. */
const code = readFileSync(join(import.meta.dirname, 'reference-receiver.txt'), 'utf8');

let url: string;
let close: () => Promise<unknown>;
before(async () => {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- as it is printed, and not as we would write it
  const route = new Function('createHmac', 'secret', 'req', 'res', code).bind(null, createHmac, SECRET) as (
    request: express.Request,
    response: express.Response,
  ) => void;
  const app = express();
  app.use(express.json());
  app.post('/', route);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  close = async () => new Promise((resolve) => server.close(resolve));
});
after(async () => {
  await close();
});

/** What it answers to the event that Sluice makes of this call. */
async function answerTo(call: string, secret = SECRET): Promise<number> {
  const arrival = {
    channel: 'server',
    receivedAtMs: 1_767_225_600_000,
    ip: null,
    userAgent: null,
    envelope: null,
  } as const;
  const source = { id: 'web', kind: 'server' } as const;
  const { body } = normalised(JSON.parse(call) as JsonObject, 'track', source, arrival, () => 'm1');
  return answer(body, secret);
}

async function answer(body: string, secret = SECRET): Promise<number> {
  const bytes = Buffer.from(body);
  const flat = makeSigner({ sharedSecret: secret, nextSecret: null }).headersOf('evt_1', Date.now(), body);
  const pairs = flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1]!]] : []));
  const headers = { ...(Object.fromEntries(pairs) as object), 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: bytes });
  await response.arrayBuffer();
  return response.status;
}

describe("the reference's own receiver", () => {
  it('takes what Sluice signs', async () => {
    assert.equal(await answerTo('{"userId":"u1","event":"Purchased an Item","properties":{"revenue":"39.95"}}'), 200);
  });

  it('takes what a parser might write back differently', async () => {
    for (const properties of [
      '{"text":"Café «Zoë» ☕ 😀","lone":"\\ud83d","control":"\\u0000\\u2028"}',
      '{"b":1,"10":2,"2":3,"a":4}',
      '{"small":1e-7,"large":1e21,"zero":-0,"long":0.1000000000000000055,"int":12345678901234567890}',
      '{"__proto__":{"a":1},"constructor":null}',
      '{ "blank" : [ ] , "double":1,"double":2}',
    ]) {
      assert.equal(await answerTo(`{"userId":"u1","event":"E","properties":${properties}}`), 200, properties);
    }
  });

  it('takes a batch', async () => {
    assert.equal(await answer('[{"type":"track","messageId":"m1"},{"type":"track","messageId":"m2"}]'), 200);
  });

  it('refuses what another secret signed', async () => {
    assert.equal(await answerTo('{"userId":"u1","event":"E"}', 'another'), 401);
  });
});
