import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../lib/json-object.ts';
import type { CallType, NewEvent } from './event.ts';
import { normalised } from './normalise.ts';
import type { Arrival } from './normalise.ts';
import { makeSource, type Source } from './source.ts';

const ARRIVAL: Arrival = {
  channel: 'server',
  receivedAtMs: Date.parse('2015-12-12T19:11:01.266Z'),
  ip: '203.0.113.9',
  userAgent: 'curl/8',
  envelope: null,
};
const CLIENT: Arrival = { ...ARRIVAL, channel: 'client' };
const WEBSITE = makeSource({ id: 'website', writeKeys: ['wk_1'] });
const UUID = 'a5d4f1c0-0000-4000-8000-000000000001';

/** From the JSON text that was sent. */
function eventOf(
  text: string,
  { type = 'track', arrival = ARRIVAL, source = WEBSITE }: { type?: CallType; arrival?: Arrival; source?: Source } = {},
): NewEvent {
  return normalised(JSON.parse(text) as JsonObject, type, source, arrival, () => UUID);
}

function bodyOf(call: JsonObject, arrival: Arrival = ARRIVAL): Record<string, unknown> {
  return JSON.parse(eventOf(JSON.stringify(call), { arrival }).body) as Record<string, unknown>;
}

describe('normalised', () => {
  it("writes version, type, the sender's keys in their order, then ours that are missing", () => {
    const { body } = eventOf(
      '{"event":"Bought","userId":"u1","timestamp":"2015-12-12T19:11:01.249Z","type":"page","x":1}',
    );
    assert.equal(
      body,
      '{"version":1,"type":"track","event":"Bought","userId":"u1","timestamp":"2015-12-12T19:11:01.249Z","x":1,' +
        `"messageId":"${UUID}","originalTimestamp":"2015-12-12T19:11:01.249Z","receivedAt":"2015-12-12T19:11:01.266Z",` +
        '"channel":"server","projectId":"website","context":{},"integrations":{}}',
    );
  });

  it('corrects the time and keeps what was sent, exactly', () => {
    const receivedAtMs = Date.parse('2012-12-02T04:08:31.909Z');
    const call = { userId: 'u', timestamp: '2012-12-2T04:08:31.577+00:00', sentAt: '2012-12-02T04:08:31.581000Z' };
    const body = bodyOf(call, { ...ARRIVAL, receivedAtMs });
    assert.equal(body.timestamp, '2012-12-02T04:08:31.905Z');
    assert.equal(body.originalTimestamp, call.timestamp);
    assert.equal(body.sentAt, call.sentAt);
    assert.equal(body.receivedAt, '2012-12-02T04:08:31.909Z');
  });

  it('leaves out sentAt and originalTimestamp when they were not sent', () => {
    const body = bodyOf({ userId: 'u' });
    assert.equal(body.timestamp, '2015-12-12T19:11:01.266Z');
    assert.equal('sentAt' in body || 'originalTimestamp' in body, false);
  });

  it("takes the sender's originalTimestamp for its time when it sent no timestamp", () => {
    const body = bodyOf({ userId: 'u', originalTimestamp: '2015-12-01', timestamp: null });
    assert.equal(body.timestamp, '2015-12-01T00:00:00.000Z');
    assert.equal(body.originalTimestamp, '2015-12-01');
  });

  it('delivers a timestamp that cannot be read as the original one', () => {
    const body = bodyOf({ userId: 'u', timestamp: 'yesterday' });
    assert.equal(body.timestamp, '2015-12-12T19:11:01.266Z');
    assert.equal(body.originalTimestamp, 'yesterday');
  });

  it('keeps a messageId, writes a number as its string, and makes one for anything else', () => {
    assert.equal(bodyOf({ messageId: 'm-1' }).messageId, 'm-1');
    assert.equal(bodyOf({ messageId: 17 }).messageId, '17');
    for (const messageId of ['', null, {}, true]) assert.equal(bodyOf({ messageId }).messageId, UUID);
  });

  it('never forwards the write key', () => {
    assert.equal(eventOf('{"userId":"u","writeKey":"wk_secret"}').body.includes('wk_secret'), false);
  });

  it('sets version and projectId, whatever was sent', () => {
    const body = bodyOf({ version: 2, projectId: 'other', receivedAt: 'never' });
    assert.deepEqual([body.version, body.projectId, body.receivedAt], [1, 'website', '2015-12-12T19:11:01.266Z']);
  });

  it("keeps the sender's channel, and else names the route's", () => {
    assert.equal(bodyOf({ channel: 'mobile' }).channel, 'mobile');
    assert.equal(bodyOf({ channel: null }).channel, 'server');
    assert.equal(bodyOf({}, CLIENT).channel, 'client');
  });

  it('turns absent and null context and integrations into {} and leaves other values as they were sent', () => {
    for (const value of [null, undefined]) {
      const body = bodyOf({ context: value, integrations: value });
      assert.deepEqual([body.context, body.integrations], [{}, {}]);
    }
    const body = bodyOf({ context: 'x', integrations: [1] });
    assert.deepEqual([body.context, body.integrations], ['x', [1]]);
  });

  it('passes unknown keys through', () => {
    const sent = { _metadata: { bundled: ['a'] }, options: { x: 1 }, enrichment: null };
    const { _metadata, options, enrichment } = bodyOf(sent);
    assert.deepEqual({ _metadata, options, enrichment }, sent);
  });
});

describe('the context of an event', () => {
  it('gets address and user agent on client routes', () => {
    assert.deepEqual(bodyOf({}, CLIENT).context, { ip: '203.0.113.9', userAgent: 'curl/8' });
    assert.deepEqual(bodyOf({}, { ...CLIENT, ip: '::ffff:203.0.113.9' }).context, {
      ip: '203.0.113.9',
      userAgent: 'curl/8',
    });
  });

  it('gets neither on server routes, and the address alone with direct', () => {
    assert.deepEqual(bodyOf({ context: { locale: 'de' } }).context, { locale: 'de' });
    assert.deepEqual(bodyOf({ context: { direct: true } }).context, { direct: true, ip: '203.0.113.9' });
    assert.deepEqual(bodyOf({ context: { direct: 'true' } }).context, { direct: 'true' });
  });

  it('gets both on server routes of a source of devices', () => {
    const contextFor = (kind: Source['kind']): unknown =>
      (JSON.parse(eventOf('{"userId":"u"}', { source: { ...WEBSITE, kind } }).body) as JsonObject).context;
    for (const kind of ['web', 'mobile'] as const) {
      assert.deepEqual(contextFor(kind), { ip: '203.0.113.9', userAgent: 'curl/8' });
    }
    assert.deepEqual(contextFor('server'), {});
  });

  it('keeps what was sent, null too', () => {
    const context = { ip: '0.0.0.0', userAgent: 'app' };
    assert.deepEqual(bodyOf({ context }, CLIENT).context, context);
    assert.deepEqual(bodyOf({ context: { ip: null, userAgent: null } }, CLIENT).context, { ip: null, userAgent: null });
  });

  it('gets no IPv6 address', () => {
    assert.deepEqual(bodyOf({}, { ...CLIENT, ip: '2001:db8::1', userAgent: null }).context, {});
  });
});

describe('an item of a batch', () => {
  const envelope = {
    sentAt: '2015-12-12T19:11:00.266Z',
    context: { library: { name: 'go', version: '3' }, direct: true },
    integrations: { All: false, Webhooks: true },
  };
  const arrival: Arrival = { ...ARRIVAL, ip: null, envelope };

  it("inherits the envelope's sentAt, context and integrations", () => {
    const body = bodyOf({ timestamp: '2015-12-12T19:11:00.266Z' }, arrival);
    assert.equal(body.sentAt, envelope.sentAt);
    assert.equal(body.timestamp, '2015-12-12T19:11:01.266Z');
    assert.deepEqual(body.context, envelope.context);
    assert.deepEqual(body.integrations, envelope.integrations);
  });

  it('wins where it has its own, deep in the context', () => {
    const own = { sentAt: '2015-12-12', context: { library: { name: 'mine' } }, integrations: { Webhooks: false } };
    const body = bodyOf(own, arrival);
    assert.equal(body.sentAt, '2015-12-12');
    assert.deepEqual(body.context, { library: { name: 'mine', version: '3' }, direct: true });
    assert.deepEqual(body.integrations, { Webhooks: false, All: false });
  });

  it('gets nothing from an envelope whose parts are no objects', () => {
    const body = bodyOf({}, { ...arrival, envelope: { sentAt: null, context: 'x', integrations: [] } });
    assert.deepEqual([body.context, body.integrations, 'sentAt' in body], [{}, {}, false]);
  });
});

describe('what stands beside the body', () => {
  it('is who, what and where to', () => {
    const event = eventOf('{"event":"Bought","anonymousId":"a1","messageId":"m1","integrations":{"All":false}}');
    const { source, type, messageId, name, user, receivedAtMs, integrations } = event;
    assert.deepEqual(
      { source, type, messageId, name, user, receivedAtMs, integrations },
      {
        source: 'website',
        type: 'track',
        messageId: 'm1',
        name: 'Bought',
        user: 'a1',
        receivedAtMs: ARRIVAL.receivedAtMs,
        integrations: '{"All":false}',
      },
    );
  });

  it('is null where there is nothing to match', () => {
    const event = eventOf('{"userId":"u","name":"","integrations":{}}', { type: 'screen' });
    assert.deepEqual([event.name, event.integrations, event.user], [null, null, 'u']);
    assert.equal(eventOf('{"userId":"u","name":"Home"}', { type: 'page' }).name, 'Home');
    assert.equal(eventOf('{"userId":"u","name":"Home","event":"x"}', { type: 'identify' }).name, null);
    assert.equal(eventOf('{"userId":"u","integrations":true}').integrations, null);
  });

  it('is well-formed, while the body keeps lone surrogates as they were sent', () => {
    const event = eventOf(String.raw`{"event":"\ud800","userId":"\udfff","messageId":"\ud83d"}`);
    assert.deepEqual([event.name, event.user, event.messageId], ['\ufffd', '\ufffd', '\ufffd']);
    assert.ok(event.body.includes(String.raw`"event":"\ud800"`));
    assert.ok(event.body.isWellFormed());
  });
});

describe('the body of an event', () => {
  const comesBack = (text: string, arrival = ARRIVAL): void => {
    const { body } = eventOf(text, { arrival });
    assert.equal(JSON.stringify(JSON.parse(body)), body);
  };

  it('is what JSON.stringify makes of it when parsed again, for any JSON', () => {
    const call = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 }));
    fc.assert(
      fc.property(call, call, fc.boolean(), (own, context, isClient) => {
        const envelope = { sentAt: null, context, integrations: context };
        comesBack(JSON.stringify(own), { ...(isClient ? CLIENT : ARRIVAL), envelope });
      }),
    );
  });

  for (const text of [
    '{"a":-0,"b":1e400,"c":-1e400,"d":9007199254740993,"e":1e21,"f":0.1e-7,"g":5e-324}',
    String.raw`{"properties":{"a":"\ud800","\udfff":"\u2028\u2029\u007f\u0000\/","b":"\uD83D\uDE00"}}`,
    '{"__proto__":{"userId":"x"},"properties":{"__proto__":[],"constructor":{"prototype":{"y":1}}},"toJSON":{}}',
    '{"z":1,"10":2,"2":3,"properties":{"b":1,"1":2,"01":3,"-1":4,"4294967295":5,"0":6}}',
    '{"a":1,"b":2,"a":3,"version":"x","type":null,"writeKey":{"__proto__":null}}',
    '{"properties":{"toString":1,"hasOwnProperty":null,"":{"":{}}}}',
  ]) {
    it(`is such for ${text}`, () => {
      comesBack(text);
      comesBack(`{"context":${text},"integrations":${text}}`, {
        ...CLIENT,
        envelope: { sentAt: 1, context: JSON.parse(text), integrations: JSON.parse(text) },
      });
    });
  }

  it('keeps __proto__ as a key and changes no prototype', () => {
    const { body } = eventOf('{"userId":"u","__proto__":{"polluted":true}}');
    assert.ok(body.includes('"__proto__":{"polluted":true}'));
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  it('keeps nesting as deep as is allowed', () => {
    comesBack(`{"properties":${'{"a":'.repeat(990)}1${'}'.repeat(990)}}`);
  });
});
