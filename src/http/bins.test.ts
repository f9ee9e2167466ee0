import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedAmbient } from '../../test/support/simulated-ambient.ts';
import { binReadersMax, binRequestAgeMs, binRequestsMax, binsBytesMax, binsMax } from '../domain/limits.ts';
import type { BinIds } from './bin-ids.ts';
import { type Bins, makeBins } from './bins.ts';
import type { BinPage, CapturedRequest } from './kept-requests.ts';

let made = 0;
/** Any id is one. */
const ANY: BinIds = { make: () => `made${++made}`, isOne: () => true };
const request = (body: string | Buffer): CapturedRequest => ({
  ...{ method: 'POST', path: '/bins/a', headers: { a: 'b' }, rawHeaders: [{ name: 'A', value: 'b' }] },
  ...{ from: '127.0.0.1', body: Buffer.from(body) },
});
const ALL = { limit: binRequestsMax, cursor: null };
const bodiesOf = (bins: Bins, bin: string): string[] => bins.requests(bin, ALL).data.map(({ body }) => body);

function open(standing: readonly string[] = []) {
  const ambient = new SimulatedAmbient();
  return { ambient, bins: makeBins({ ambient, ids: ANY, standing }) };
}

describe('a request bin', () => {
  it('shows what it was sent, newest first', () => {
    const { bins, ambient } = open();
    bins.capture('a', request('one'));
    bins.capture('a', request('two'));
    const newest = bins.requests('a', { limit: 1, cursor: null }).data[0] ?? assert.fail();
    assert.deepEqual(newest, {
      ...request('two'),
      ...{ id: `req_${ambient.nowMs() + 2}`, body: 'two', bodyBase64: null, bytes: 3, at: '2026-01-01T00:00:00.000Z' },
      ...{ answer: 200, answeredMs: null, gaveUp: false },
    });
    assert.deepEqual(bodiesOf(bins, 'a'), ['two', 'one']);
    assert.deepEqual(bins.request('a', newest.id), newest);
    for (const id of ['req_1', 'req_', '', 'none']) assert.equal(bins.request('a', id), null);
  });

  it('has the bytes of a body that is no text', () => {
    const { bins } = open();
    for (const bytes of [Buffer.from([0xff, 0, 0x80]), Buffer.from('é\ufeff')]) bins.capture('a', request(bytes));
    const [text, odd] = bins.requests('a', ALL).data;
    assert.deepEqual([text?.body, text?.bodyBase64, text?.bytes], ['é\ufeff', null, 5]);
    assert.deepEqual([Buffer.from(odd?.bodyBase64 ?? '', 'base64'), odd?.bytes], [Buffer.from([0xff, 0, 0x80]), 3]);
  });

  it('is read in pages that neither miss nor repeat a request, while more come in', () => {
    const { bins } = open();
    for (const body of ['1', '2', '3', '4', '5']) bins.capture('a', request(body));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: BinPage = bins.requests('a', { limit: 2, cursor });
      seen.push(...page.data.map(({ body }) => body));
      cursor = page.next;
      bins.capture('a', request('late'));
    } while (cursor !== null);
    assert.deepEqual(seen, ['5', '4', '3', '2', '1']);
  });

  it('is read in pages that are not too large', () => {
    const { bins } = open();
    for (let count = 0; count < 20; count++) bins.capture('a', request('x'.repeat(2 ** 20)));
    const page = bins.requests('a', ALL);
    assert.equal(page.data.length, 8);
    assert.equal(bins.requests('a', { ...ALL, cursor: page.next }).data.length, 8);
  });

  it('is empty when it was made, and when it was emptied', () => {
    const { bins } = open();
    const id = bins.create();
    assert.deepEqual(bins.requests(id, { limit: 1, cursor: null }), { data: [], next: null });
    bins.script(id, [{ status: 500 }]);
    bins.capture(id, request('x'));
    bins.empty(id);
    assert.deepEqual(bodiesOf(bins, id), []);
    const { requests, bytes, script } = bins.get(id);
    assert.deepEqual({ requests, bytes, script }, { requests: 0, bytes: 0, script: [{ status: 500 }] });
  });

  it('loses its oldest request when it is full, and each after a day', async () => {
    const { bins, ambient } = open();
    for (let count = 0; count <= binRequestsMax; count++) bins.capture('a', request(String(count)));
    const bodies = bodiesOf(bins, 'a');
    assert.deepEqual([bodies.length, bodies.at(0), bodies.at(-1)], [binRequestsMax, String(binRequestsMax), '1']);
    await ambient.advance(binRequestAgeMs / 2);
    bins.capture('b', request('later'));
    await ambient.advance(binRequestAgeMs / 2);
    assert.deepEqual([bodiesOf(bins, 'a'), bodiesOf(bins, 'b')], [[], ['later']]);
    await ambient.advance(binRequestAgeMs / 2);
    assert.deepEqual(bodiesOf(bins, 'b'), []);
  });

  it('answers by its script, from the beginning when that is set', () => {
    const { bins } = open();
    const answers = (count: number) =>
      Array.from({ length: count }, () => {
        const { answer } = bins.capture('a', request(''));
        return answer.kind === 'answer' ? answer.status : answer.kind;
      });
    assert.deepEqual(answers(1), [200]);
    bins.script('a', [{ status: 503, times: 2 }, { hang: true }]);
    assert.deepEqual(answers(3), [503, 503, 'hang']);
    assert.equal(bins.get('a').asked, 3);
    bins.script('a', [{ reset: true }]);
    assert.deepEqual(answers(1), ['reset']);
    assert.deepEqual(
      bins.requests('a', { limit: 2, cursor: null }).data.map(({ answer }) => answer),
      ['reset', 'hang'],
    );
  });

  it('shows how long a request waited, and whether its sender did', () => {
    const { bins } = open();
    bins.capture('a', request('')).ended({ answeredMs: 7, gaveUp: true });
    const [{ answeredMs, gaveUp } = {}] = bins.requests('a', ALL).data;
    assert.deepEqual([answeredMs, gaveUp], [7, true]);
  });
});

describe('all request bins', () => {
  it('are listed, the one that was used last first', () => {
    const { bins } = open(['dev']);
    const id = bins.create();
    assert.deepEqual(
      bins.list().map((bin) => bin.id),
      [id, 'dev'],
    );
    bins.capture('dev', request('x'));
    const [{ id: first, requests, bytes } = {}] = bins.list();
    assert.deepEqual([first, requests, bytes], ['dev', 1, 1]);
  });

  it('have the one forgotten that was used for longest ago, but for those that are always there', () => {
    const { bins } = open(['dev']);
    bins.script('scripted', [{ status: 500 }]);
    for (let count = 0; count < binsMax - 2; count++) bins.capture(`b${count}`, request('x'));
    bins.capture('b0', request('again'));
    bins.capture('new', request('x'));
    assert.deepEqual(bins.get('scripted').script, []);
    bins.create();
    assert.deepEqual(bodiesOf(bins, 'b1'), []);
    assert.deepEqual(bodiesOf(bins, 'b0'), ['again', 'x']);
    assert.equal(bins.list().length, binsMax);
    assert.equal(bins.list().at(-1)?.id, 'dev');
  });

  it('lose the oldest requests of any when they hold too much together', () => {
    const { bins } = open();
    const large = 'x'.repeat(binsBytesMax / 8);
    bins.capture('old', request('first'));
    for (let count = 0; count < 8; count++) bins.capture(`b${count % 2}`, request(large));
    assert.deepEqual(bodiesOf(bins, 'old'), []);
    const held = ['b0', 'b1'].map((bin) => bins.get(bin).requests);
    assert.equal((held[0] ?? 0) + (held[1] ?? 0), 7);
  });
});

/** Reads what a bin tells, as its messages. */
function reader() {
  const messages: [kind: string, id: string, data: Record<string, unknown>][] = [];
  const state = { waitingBytes: 0, isAllowed: true, isEnded: false, marks: 0 };
  return {
    messages,
    state,
    write: (bytes: Uint8Array) => {
      for (const block of Buffer.from(bytes).toString().split('\n\n')) {
        const [, kind, id, data] = /^event: (\w+)\nid: (\w+)\ndata: (.*)$/.exec(block) ?? [];
        if (kind === undefined) state.marks += Number(block.startsWith(':'));
        else messages.push([kind, id ?? '', JSON.parse(data ?? '') as Record<string, unknown>]);
      }
    },
    get waitingBytes() {
      return state.waitingBytes;
    },
    isStillAllowed: () => state.isAllowed,
    end: () => {
      state.isEnded = true;
    },
  };
}

describe('who reads a request bin live', () => {
  it('is told what comes from now on, and what became of it', async () => {
    const { bins, ambient } = open();
    bins.capture('a', request('before'));
    const live = reader();
    const leave = bins.join('a', live, null);
    const { ended } = bins.capture('a', request('one'));
    bins.capture('b', request('of another'));
    await ambient.advance(200);
    ended({ answeredMs: 150, gaveUp: false });
    await ambient.advance(200);
    const told = live.messages.map(([kind, , { body, answeredMs }]) => [kind, body ?? null, answeredMs]);
    assert.deepEqual(told, [
      ['request', 'one', null],
      ['answered', null, 150],
    ]);
    bins.empty('a');
    assert.ok(live.messages.some(([kind]) => kind === 'emptied'));
    leave();
    bins.capture('a', request('two'));
    await ambient.advance(200);
    assert.equal(live.messages.length, 3);
  });

  it('goes on after what it was told last, and hears of what is lost', async () => {
    const { bins, ambient } = open();
    const first = reader();
    const leave = bins.join('a', first, null);
    bins.capture('a', request('1'));
    await ambient.advance(200);
    leave();
    for (let count = 0; count < binRequestsMax + 3; count++) bins.capture('a', request('missed'));
    const back = reader();
    bins.join('a', back, first.messages.at(-1)?.[1] ?? '');
    await ambient.advance(200);
    assert.deepEqual(back.messages[0]?.[2], { count: 3 });
    assert.equal(back.messages.length, binRequestsMax + 1);
    const other = reader();
    bins.join('a', other, 'req_5');
    await ambient.advance(200);
    assert.deepEqual(other.messages[0]?.[2], { count: null });
  });

  it('is not told large bodies, and not more at once than it takes', async () => {
    const { bins, ambient } = open();
    const live = reader();
    bins.join('a', live, null);
    bins.capture('a', request('x'.repeat(65_537)));
    live.state.waitingBytes = 2 ** 21;
    await ambient.advance(1_000);
    assert.equal(live.messages.length, 0);
    live.state.waitingBytes = 0;
    await ambient.advance(1_000);
    assert.deepEqual(
      live.messages.map(([, , { body, bytes }]) => [body, bytes]),
      [[null, 65_537]],
    );
    bins.capture('a', request('y'));
    live.state.waitingBytes = 2 ** 21;
    await ambient.advance(40_000);
    assert.ok(live.state.isEnded);
  });

  it('hears that there is a stream still, until it may not read any more', async () => {
    const { bins, ambient } = open();
    const live = reader();
    bins.join('a', live, null);
    await ambient.advance(31_000);
    assert.ok(live.state.marks >= 2, String(live.state.marks));
    live.state.isAllowed = false;
    await ambient.advance(61_000);
    assert.ok(live.state.isEnded);
  });

  it('is one of a bounded number, and ends with the server', () => {
    const { bins } = open();
    const readers = Array.from({ length: binReadersMax }, reader);
    const leaves = readers.map((each) => bins.join('a', each, null));
    assert.throws(() => bins.join('b', reader(), null), { code: 'too_many_readers' });
    leaves[0]?.();
    bins.join('b', reader(), null);
    bins.close();
    assert.ok(readers.slice(1).every(({ state }) => state.isEnded));
    assert.throws(() => bins.join('b', reader(), null), { code: 'shutting_down' });
  });
});
