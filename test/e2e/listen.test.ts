import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { makeClient, type Client } from '../../src/contract/client.ts';
import { makeSigner } from '../../src/adapters/webhook/signature.ts';
import { type CutProxy, openCutProxy } from '../support/cut-proxy.ts';
import { ListenProcess } from '../support/listen-process.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { lastingPort, SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/sluice');
const EVENTS = process.env['SLUICE_TEST_LONG'] === '1' ? 3_000 : 250;

describe('sluice listen', () => {
  const parts = new AsyncDisposableStack();
  let sluice: SluiceProcess;
  let api: Client;
  let program: Receiver;
  before(async () => {
    sluice = parts.use(await SluiceProcess.start({ command: 'dev', keepsPort: true }));
    api = makeClient({ url: sluice.url });
  });
  beforeEach(async () => {
    program = await openReceiver();
  });
  afterEach(async () => program.close());
  after(async () => parts.disposeAsync());

  const listen = (...args: readonly string[]) =>
    new ListenProcess([...args, '--url', sluice.url, '--forward-to', program.url('/hook?from=sluice')]);
  const track = async (event: string, url = sluice.url): Promise<void> => {
    const { status } = await post(url, '/v1/track', { userId: 'u1', event }, { writeKey: 'dev' });
    assert.equal(status, 200);
  };
  const destinationOf = async (name: string) => {
    const { data } = await api.listDestinations();
    return data.find(({ endpoints }) => endpoints.some(({ url }) => url === `listener:${name}`));
  };

  it('has the program on this machine get events, signed, and takes its answer for the outcome of the attempt', async () => {
    await using listener = listen('ada');
    const [, secret = ''] = await listener.says(/signed with (whsec_\S+)/);
    await listener.says(/listening as ada/);
    program.answer({ status: 202, body: 'thanks', headers: { 'X-Took': 'it' } });
    await track('Signed');
    const { method, url, headers, rawBody } = await program.next();
    assert.deepEqual([method, url], ['POST', '/hook?from=sluice']);
    const [id, timestamp] = [String(headers['webhook-id']), Number(headers['webhook-timestamp'])];
    const signed = makeSigner({ sharedSecret: secret, nextSecret: null }).headersOf(
      id,
      timestamp * 1_000,
      rawBody.toString(),
    );
    assert.equal(headers['webhook-signature'], signed[5]);
    assert.equal(headers['x-signature'], signed[7]);
    await listener.says(/#1 .* track "Signed" {2}user u1 {2}→ 202 in/);

    program.answer({ status: 422, body: 'no such field' }, {});
    await track('Refused at first');
    await listener.says(/"Refused at first" .*→ 422/);
    const destination = (await destinationOf('ada'))?.id ?? assert.fail('it made none');
    const { attempts } = await deliveryOf(destination, 'Refused at first', 1);
    const [first] = attempts;
    assert.deepEqual([first?.endpoint, first?.status, first?.outcome], ['listener:ada', 422, 'failed']);
    assert.equal(first?.response?.body, 'no such field');

    program.answer('reset', {});
    await track('Reset at first');
    await listener.says(/"Reset at first" .*closed the connection/);
    const reset = await deliveryOf(destination, 'Reset at first', 1);
    assert.equal(reset.attempts[0]?.error?.code, 'connection_reset');

    assert.equal(await listener.end(), 0);
    await listener.says(/deleted the destination/);
    assert.equal(await destinationOf('ada'), undefined);
  });

  it('gets what another destination gets, by its secret and its filter, and leaves that one alone', async () => {
    const crm = parts.adopt(await openReceiver(), async (each) => each.close());
    const { id } = await api.createDestination({
      body: {
        ...{ name: 'CRM', sources: ['dev'] },
        settings: { webhooks: [{ url: crm.url('/x'), headers: { 'X-Key': 'crm alone' } }], sharedSecret: 'of crm' },
        delivery: { filter: { names: { include: ['For the CRM'] } } },
      },
    });
    await using listener = listen('like-crm', '--destination', 'CRM');
    await listener.says(/listening as/);
    program.answer({ status: 500 }, {});
    await track('Not for it');
    await track('For the CRM');
    const [there, here] = [await crm.next(), await program.next()];
    assert.equal(here.body, there.body);
    assert.equal(here.headers['x-signature'], there.headers['x-signature']);
    assert.equal(here.headers['x-key'], undefined);
    assert.ok(here.body.includes('For the CRM'));
    assert.equal(crm.requests.length, 1);
    await listener.end();
    await api.deleteDestination({ params: { id } });
  });

  it('keeps what comes while nobody listens, at no attempt, for whoever listens under that name next', async () => {
    const first = listen('grace', '--keep');
    await first.says(/listening as/);
    assert.equal(await first.end(), 0);
    await first.says(/what comes meanwhile waits/);
    program.answer({});
    for (const event of ['One', 'Two', 'Three']) await track(event);
    const { endpoints, id } = (await destinationOf('grace')) ?? assert.fail('it is gone');
    assert.deepEqual([endpoints[0]?.state, endpoints[0]?.reason], ['held', 'listener_away']);
    assert.deepEqual((await api.listDeliveries({ query: { destination: id } })).data, []);
    await using second = listen('grace');
    await second.says(/3 events wait/);
    await second.says(/#3 /);
    await second.end();
    assert.ok((await destinationOf('grace')) !== undefined);
    await api.deleteDestination({ params: { id } });
  });

  it('answers what is in flight while Sluice stops, which is not sent again, and goes on after it', async () => {
    await using listener = listen('stopping', '--keep');
    await listener.says(/listening as/);
    program.answer({ delayMs: 700 });
    await track('In flight');
    await program.count(1);
    assert.equal(await sluice.terminate(), 0);
    await listener.says(/#1 .*"In flight" .*→ 200/);
    await sluice.restart();
    await listener.says(/connected again/);
    await track('After it');
    await listener.says(/#2 .*"After it" .*→ 200/);
    assert.deepEqual(
      program.requests.map(({ body }) => (JSON.parse(body) as { readonly event: string }).event),
      ['In flight', 'After it'],
    );
    await api.deleteDestination({ params: { id: (await destinationOf('stopping'))?.id ?? '' } });
  });

  it('gives way to another program of that name, and says so', async () => {
    await using first = listen('shared', '--keep');
    await first.says(/listening as/);
    await using second = listen('shared', '--keep');
    await second.says(/listening as/);
    assert.equal(await first.ended(), 1);
    assert.match(first.output, /another program listens as shared now/);
    const { data } = await api.listListeners();
    assert.deepEqual(
      data.filter(({ name }) => name === 'shared').map(({ isThere }) => isThere),
      [true],
    );
  });

  it('says what is wrong with how it was called', async () => {
    for (const [args, code, said] of [
      [['ada', '--forward-to', '3000', '--nope'], 2, /unknown option/],
      [['a/b', '--forward-to', '3000'], 2, /name of a listener must be/],
      [['ada', '--forward-to', 'ftp://x'], 2, /must be a URL, such as/],
      [['ada', '--forward-to', '3000', '--destination', 'nobody', '--url', sluice.url], 6, /no destination nobody/],
      [['ada', '--forward-to', '3000', '--url', `http://127.0.0.1:${await lastingPort()}`], 4, /nothing listens at/],
    ] as const) {
      await using listener = new ListenProcess(args);
      assert.equal(await listener.ended(), code, listener.output);
      assert.match(listener.output, said);
    }
  });

  it('sends one again at a key press, and shows all of it, on a terminal', async () => {
    program.answer({});
    const command = `${PROGRAM} listen keys --url ${sluice.url} --forward-to ${program.url('/keys')}`;
    const terminal = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let output = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const says = async (pattern: RegExp) => {
      while (!pattern.test(output)) {
        if (terminal.exitCode !== null) assert.fail(output);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await says(/listening as keys; keys: r sends/);
    await track('Pressed');
    await says(/#1 .*"Pressed"/);
    const isIt = ({ url }: { readonly url: string }) => url === '/keys';
    terminal.stdin.write('r');
    await says(/#1 again /);
    const [one, other] = program.requests.filter(isIt);
    assert.equal(other?.body, one?.body);
    assert.equal(other?.headers['x-signature'], one?.headers['x-signature']);
    terminal.stdin.write('1d');
    await says(/webhook-signature: v1,/);
    terminal.stdin.write('9r');
    await says(/#9 is not kept/);
    const ended = new Promise((resolve) => terminal.once('close', resolve));
    terminal.stdin.write('q');
    assert.equal(await ended, 0);
    assert.match(output, /deleted the destination/);
  });

  describe('over a connection that is cut at random', () => {
    let way: CutProxy;
    before(async () => {
      way = parts.use(await openCutProxy(sluice.url));
    });

    it(
      'loses no event: each reaches the program, whatever is cut or killed meanwhile',
      { timeout: 300_000 },
      async () => {
        const got = new Set<string>();
        program.answer(({ body }) => {
          got.add((JSON.parse(body) as { event: string }).event);
          return Math.random() < 0.05
            ? 'reset'
            : Math.random() < 0.1
              ? { status: 503 }
              : { delayMs: Math.random() * 30 };
        });
        const start = () => new ListenProcess(['cut', '--keep', '--url', way.url, '--forward-to', program.url('/cut')]);
        let listener = start();
        await listener.says(/listening as/);
        const { id } = (await destinationOf('cut')) ?? assert.fail('it made none');
        await api.updateDestination({ params: { id }, body: { delivery: { retries: 20, backoffMs: [20] } } });
        const names = Array.from({ length: EVENTS }, (_, index) => `Event ${index}`);
        for (const [index, name] of names.entries()) {
          await track(name);
          if (Math.random() < 0.08) way.cut();
          if (index === Math.floor(EVENTS / 3)) {
            await sluice.kill9();
            await sluice.restart();
          }
          if (index === Math.floor(EVENTS / 2)) {
            await listener.end('SIGKILL');
            listener = start();
            await listener.says(/listening as/);
          }
          if (index === Math.floor((EVENTS * 2) / 3)) {
            way.breakOff();
            setTimeout(() => {
              way.mend();
            }, 1_000);
          }
        }
        while (got.size < EVENTS) await program.count(program.requests.length + 1);
        program.answer({});
        while (((await destinationOf('cut'))?.owed?.waiting ?? 1) > 0)
          await new Promise((resolve) => setTimeout(resolve, 100));
        const { data: dead } = await api.listDeliveries({ query: { destination: id, state: 'dead' } });
        assert.deepEqual(dead, []);
        await listener.end();
        assert.match(listener.output, /the connection was lost/);
      },
    );
  });

  async function deliveryOf(destination: string, name: string, attempts: number) {
    for (;;) {
      const { data } = await api.listDeliveries({ query: { destination, name } });
      if (data[0] !== undefined && data[0].attempts.length >= attempts)
        return api.getDelivery({ params: { id: data[0].id } });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it('takes the secret of a file', async () => {
    const file = join(sluice.dataDir, 'secret.txt');
    await writeFile(file, 'mine alone\n');
    await using listener = listen('filed', '--secret-file', file);
    await listener.says(/listening as/);
    assert.doesNotMatch(listener.output, /mine alone|whsec_/);
    await listener.end();
  });
});
