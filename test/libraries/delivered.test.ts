/** What each Segment library sends, written to a socket as it writes it, arrives at a webhook as it was sent. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeCertificates } from '../support/certificates.ts';
import { type Event, Gateway } from '../support/gateway.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { Connection } from './exchange.ts';
import { LIBRARY_FIXTURES } from './index.ts';
import type { Expected, Outcome } from './library.ts';
import { roundTo } from './round.ts';

let gateway: Gateway;
before(async () => {
  gateway = await Gateway.open();
});
after(async () => gateway[Symbol.asyncDispose]());

/** Differs between what is sent and what arrives, by Segment's own comparison (protocol section 4.5). */
const VOLATILE = [
  'messageId',
  'timestamp',
  'receivedAt',
  'sentAt',
  'originalTimestamp',
  'channel',
  'version',
  'projectId',
  'writeKey',
  '_metadata',
];

/** What is left to compare: without the above, `context.library`, and objects that are empty. */
function comparable({ context, ...rest }: Expected): Expected {
  const said = Object.entries(context ?? {}).filter(([key]) => key !== 'library');
  const entries = Object.entries({ ...rest, context: Object.fromEntries(said) });
  return Object.fromEntries(entries.filter(([key, value]) => !VOLATILE.includes(key) && !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Where a call came from is added to those of browsers (section 4.1), unless they said it. */
function withoutOrigin(arrived: Event, sent: Expected): Event {
  const said = (sent['context'] ?? {}) as Record<string, unknown>;
  const context = Object.entries(arrived['context'] ?? {}).filter(
    ([key]) => !['ip', 'userAgent'].includes(key) || key in said,
  );
  return { ...arrived, context: Object.fromEntries(context) };
}

async function assertArrives(sent: Expected): Promise<void> {
  const id = (sent['userId'] ?? sent['anonymousId']) as string;
  const arrived = await gateway.event(id);
  assert.deepEqual(comparable(withoutOrigin(arrived, sent)), comparable(sent));
  if (sent['messageId'] !== undefined) assert.equal(arrived['messageId'], sent['messageId']);
  if (sent['timestamp'] !== undefined) assertSameMoment(arrived['originalTimestamp'], sent['timestamp']);
}

/** Whatever way a library spells it, to the millisecond; a month without its zero is one that no program but curl sends. */
function assertSameMoment(arrived: unknown, sent: unknown): void {
  const padded = String(sent).replace(/-(\d)-/, '-0$1-');
  assert.equal(Date.parse(String(arrived).replace(/-(\d)-/, '-0$1-')), Date.parse(padded), String(sent));
}

/** What a library says of a call that was accepted: nothing, where it does not look. */
function isSatisfied({ is }: Outcome): boolean {
  return is === 'delivered' || is === 'unseen';
}

for (const library of LIBRARY_FIXTURES) {
  describe(`${library.name} ${library.version} (${library.id})`, () => {
    const marked = (): string => gateway.mark();
    const kinds = library
      .requests(roundTo('http://localhost:1', 'wk', () => ''))
      .map(({ kind }, index) => ({ kind, index }));

    for (const { kind, index } of kinds) {
      it(`delivers ${kind === 'many' ? 'many calls in one request' : kind}`, async () => {
        const request = library.requests(roundTo(gateway.url, 'wk_app', marked))[index]!;
        using connection = await Connection.open(gateway.url);
        const answer = await connection.exchange(request.wire(request.text));
        assert.ok(isSatisfied(library.outcome(answer)), `${answer.status} ${answer.body}`);
        for (const sent of request.events) await assertArrives(sent);
      });
    }
  });
}

describe('a library that takes no host without https://', () => {
  const { ca, good } = makeCertificates();
  let folder: string;
  let receiver: Receiver;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-libraries-'));
    writeFileSync(join(folder, 'cert.pem'), good.cert);
    writeFileSync(join(folder, 'key.pem'), good.key, { mode: 0o600 });
    receiver = await openReceiver();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await receiver.close();
  });

  it('delivers over HTTPS, and agrees on HTTP/1.1', async () => {
    await using sluice = await SluiceProcess.start({
      config: {
        http: { tls: { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') } },
        network: { allow: ['127.0.0.0/8'] },
        sources: [{ id: 'app', writeKeys: ['wk_app'] }],
        destinations: [{ id: 'hook', sources: ['app'], settings: { webhookUrl: receiver.url() } }],
      },
    });
    let users = 0;
    let sent = 0;
    const mark = (): string => `tls-${(users += 1)}`;
    for (const library of LIBRARY_FIXTURES.filter(({ needsTls }) => needsTls)) {
      using connection = await Connection.open(sluice.url, ca);
      assert.equal(connection.protocol, 'http/1.1');
      const request = library.requests(roundTo(sluice.url, 'wk_app', mark)).at(-1)!;
      const answer = await connection.exchange(request.wire(request.text));
      assert.ok(isSatisfied(library.outcome(answer)), `${library.id}: ${answer.status} ${answer.body}`);
      sent += request.events.length;
    }
    assert.equal((await receiver.count(sent)).length, sent);
  });
});
