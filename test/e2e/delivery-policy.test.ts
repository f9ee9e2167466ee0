/** A destination's `delivery` as its users meet it: from the file, over real sockets, with SIGHUP and restarts. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

async function receiver(t: TestContext): Promise<Receiver> {
  const opened = await openReceiver();
  t.after(async () => opened.close());
  return opened;
}

function config(settings: object, delivery: object = {}): object {
  return {
    network: { allow: ['127.0.0.0/8'] },
    sources: [{ id: 'web', writeKeys: ['wk'] }],
    destinations: [{ id: 'hook', sources: ['web'], settings, delivery }],
  };
}

async function track(sluice: SluiceProcess, event: string): Promise<void> {
  const { status } = await post(sluice.url, '/v1/track', { userId: 'u', event }, { writeKey: 'wk' });
  assert.equal(status, 200);
}

const nameOf = ({ body }: ReceivedRequest): string => (JSON.parse(body) as { event: string }).event;

describe('delivery.success: every', () => {
  it('tries again only where it failed, also after a restart', async (t) => {
    const [one, other] = [await receiver(t), await receiver(t)];
    const settings = { webhooks: [{ url: one.url() }, { url: other.url() }] };
    await using sluice = await SluiceProcess.start({
      config: config(settings, { success: 'every', backoffMs: [300] }),
    });
    one.answer({ status: 500 }, {});
    other.answer({});
    await track(sluice, 'a');
    await one.count(1);
    await other.count(1);
    await sluice.terminate();
    await sluice.restart();
    await one.count(2);
    await track(sluice, 'b');
    assert.deepEqual((await one.count(3)).map(nameOf), ['a', 'a', 'b']);
    assert.deepEqual((await other.count(2)).map(nameOf), ['a', 'b']);
  });
});

describe('delivery.filter', () => {
  it('keeps events away and counts them in the metrics', async (t) => {
    const one = await receiver(t);
    one.answer({});
    const filter = { names: { exclude: ['Heartbeat'] } };
    await using sluice = await SluiceProcess.start({ config: config({ webhookUrl: one.url() }, { filter }) });
    await track(sluice, 'Heartbeat');
    await track(sluice, 'Order');
    assert.deepEqual((await one.count(1)).map(nameOf), ['Order']);
    const page = await (await fetch(`${sluice.url}/metrics`)).text();
    assert.match(page, /^sluice_events_filtered_total\{destination="hook"\} 1$/m);
  });
});

describe('an endpoint that answers 410', () => {
  it('gets nothing more, also after a restart, until it has another URL', async (t) => {
    const [one, other] = [await receiver(t), await receiver(t)];
    one.answer({ status: 410 });
    other.answer({});
    await using sluice = await SluiceProcess.start({ config: config({ webhookUrl: one.url() }) });
    await track(sluice, 'rejected');
    await sluice.logged(/delivery is dead/);
    await track(sluice, 'waits');
    await sluice.terminate();
    await sluice.restart();
    await track(sluice, 'waits too');
    await sluice.configure(config({ webhookUrl: other.url() }));
    sluice.hangUp();
    assert.deepEqual((await other.count(2)).map(nameOf), ['waits', 'waits too']);
    assert.deepEqual(one.requests.map(nameOf), ['rejected']);
  });
});

describe('another shared secret', () => {
  const hmac = (secret: string, body: string): string => createHmac('sha1', secret).update(body).digest('hex');

  it('signs beside the old one from the next SIGHUP on, and after a restart', async (t) => {
    const one = await receiver(t);
    one.answer({});
    const withSecret = (sharedSecret: string): object => config({ webhookUrl: one.url(), sharedSecret });
    await using sluice = await SluiceProcess.start({ config: withSecret('old') });
    await track(sluice, 'before');
    await one.count(1);
    await sluice.configure(withSecret('new'));
    const applied = sluice.logged(/configuration.*appl|appl.*configuration/i);
    sluice.hangUp();
    await applied;
    await track(sluice, 'rotating');
    await one.count(2);
    await sluice.terminate();
    await sluice.restart();
    await track(sluice, 'after a restart');
    const signatures = (await one.count(3)).map(({ headers, body }) => [
      headers['x-signature'] === hmac('old', body),
      headers['x-signature-next'] === hmac('new', body),
    ]);
    assert.deepEqual(signatures, [
      [true, false],
      [true, true],
      [true, true],
    ]);
  });
});

describe('delivery.order: user', () => {
  /** The names of each user's events in the order in which they were first asked for, or first taken. */
  class Users {
    readonly asked = new Map<string, Set<string>>();
    readonly taken = new Map<string, Set<string>>();
    readonly #waits: { readonly isSo: () => boolean; readonly resolve: () => void }[] = [];
    isAnnBroken = true;

    answer(request: ReceivedRequest): { status: number } {
      const name = nameOf(request);
      const [user = ''] = name.split(' ');
      const isTaken = user !== 'ann' || !this.isAnnBroken;
      for (const names of isTaken ? [this.asked, this.taken] : [this.asked])
        names.set(user, (names.get(user) ?? new Set()).add(name));
      for (const { isSo, resolve } of this.#waits) if (isSo()) resolve();
      return { status: isTaken ? 200 : 500 };
    }

    async until(isSo: () => boolean): Promise<void> {
      await new Promise<void>((resolve) => this.#waits.push({ isSo, resolve }));
    }
  }

  async function send(sluice: SluiceProcess, user: string, from: number, to: number): Promise<void> {
    const batch = Array.from({ length: to - from }, (_, n) => {
      return { type: 'track', userId: user, event: `${user} ${String(from + n).padStart(3, '0')}` };
    });
    const { status } = await post(sluice.url, '/v1/batch', { batch }, { writeKey: 'wk' });
    assert.equal(status, 200);
  }

  it('keeps the order of each user over failures and a kill, while others go on', async (t) => {
    const one = await receiver(t);
    const users = new Users();
    one.answer((request) => users.answer(request));
    const delivery = { order: 'user', retries: 20, backoffMs: [50], circuitBreaker: false };
    await using sluice = await SluiceProcess.start({ config: config({ webhookUrl: one.url() }, delivery) });
    const bobIsDone = users.until(() => users.taken.get('bob')?.size === 100);
    await send(sluice, 'ann', 0, 100);
    await send(sluice, 'bob', 0, 100);
    await bobIsDone;
    assert.deepEqual([...(users.asked.get('ann') ?? [])], ['ann 000']);
    await sluice.kill9();
    await sluice.restart();
    await send(sluice, 'ann', 100, 150);
    const annIsDone = users.until(() => users.taken.get('ann')?.size === 150);
    users.isAnnBroken = false;
    await annIsDone;
    for (const user of ['ann', 'bob']) {
      const taken = [...(users.taken.get(user) ?? [])];
      assert.deepEqual(taken, taken.toSorted());
    }
  });
});

describe('delivery.batch', () => {
  const secret = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;
  const batch = { maxEvents: 50, maxWaitMs: 200 };

  /** Both signatures of a request, checked as a receiver does it: over the raw body. */
  function isSigned({ headers, rawBody }: ReceivedRequest): boolean {
    const x = createHmac('sha1', secret).update(rawBody).digest('hex');
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${rawBody.toString()}`;
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const standard = createHmac('sha256', key).update(signed).digest('base64');
    return headers['x-signature'] === x && headers['webhook-signature'] === `v1,${standard}`;
  }

  const namesIn = ({ body }: ReceivedRequest): readonly string[] =>
    (JSON.parse(body) as readonly { event: string }[]).map(({ event }) => event);

  async function send(sluice: SluiceProcess, names: readonly string[]): Promise<void> {
    const items = names.map((event) => ({ type: 'track', userId: 'u', event }));
    const { status } = await post(sluice.url, '/v1/batch', { batch: items }, { writeKey: 'wk' });
    assert.equal(status, 200);
  }

  it('posts arrays, signed over the whole body, and again as they were after a kill', async (t) => {
    const one = await receiver(t);
    const settings = { webhookUrl: one.url(), sharedSecret: secret };
    const delivery = { batch, retries: 20, backoffMs: [300] };
    await using sluice = await SluiceProcess.start({ config: config(settings, delivery) });
    const names = Array.from({ length: 120 }, (_, n) => `e${n}`);
    one.answer({ status: 503 });
    await send(sluice, names);
    await one.count(3);
    // Parked by then: the first of them comes again.
    await one.count(4);
    const before = one.requests.length;
    await sluice.kill9();
    one.answer({});
    await sluice.restart();
    const taken = new Map<string, ReceivedRequest>();
    for (let count = before + 1; new Set([...taken.values()].flatMap(namesIn)).size < 120; count += 1)
      for (const request of (await one.count(count)).slice(before))
        taken.set(String(request.headers['webhook-id']), request);
    assert.deepEqual([...taken.values()].flatMap(namesIn).toSorted(), names.toSorted());
    for (const request of one.requests) {
      assert.ok(isSigned(request));
      const same = one.requests.filter(({ headers }) => headers['webhook-id'] === request.headers['webhook-id']);
      assert.ok(
        same.every(({ body }) => body === request.body),
        'one id, one content',
      );
    }
  });

  it('finds the event that the endpoint refuses, and shows it alone as dead', async (t) => {
    const one = await receiver(t);
    one.answer(({ body }) => ({ status: body.includes('"poison"') ? 422 : 200 }));
    await using sluice = await SluiceProcess.start({
      config: config({ webhookUrl: one.url() }, { batch, retries: 0 }),
    });
    await send(sluice, [...Array.from({ length: 30 }, (_, n) => `e${n}`), 'poison']);
    await sluice.logged(/delivery is dead/);
    const dead = one.requests.findLast(({ body }) => body.includes('"poison"'));
    assert.deepEqual(namesIn(dead!), ['poison']);
    const page = await (await fetch(`${sluice.url}/metrics`)).text();
    assert.match(page, /^sluice_deliveries_total\{destination="hook",state="dead"\} 1$/m);
  });
});
