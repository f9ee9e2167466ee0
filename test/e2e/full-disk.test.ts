/** A disk without room, on a small file system: what is refused, what goes on, and that it goes on by itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { askApi } from '../support/management-api.ts';
import { messageIdOf } from '../support/received.ts';
import { openReceiver, type ReceivedRequest, type Receiver } from '../support/receiver.ts';
import { openSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { type CallAnswer, post } from '../support/tracking.ts';

const MIB = 1024 * 1024;
const BATCH = 50;

let receiver: Receiver;
before(async () => {
  receiver = await openReceiver();
});
after(async () => {
  await receiver.close();
});

async function start(disk: SmallDisk, reserve: string): Promise<SluiceProcess> {
  const config = {
    storage: { reserve },
    network: { allow: ['127.0.0.0/8'] },
    sources: [{ id: 'web', writeKeys: ['wk'] }],
    destinations: [
      { id: 'hook', sources: ['web'], settings: { webhookUrl: receiver.url() }, delivery: { backoffMs: [50] } },
    ],
  };
  return SluiceProcess.start({ config, flags: ['--data-dir', disk.folder] });
}

/** Sends batches, and remembers which were answered 200. */
class Sender {
  readonly accepted = new Set<string>();
  readonly #name: string;
  #sent = 0;

  constructor(name: string) {
    this.#name = name;
  }

  async batch(sluice: SluiceProcess): Promise<CallAnswer> {
    const ids = Array.from({ length: BATCH }, () => `${this.#name}-${this.#sent++}`);
    const batch = ids.map((messageId) => {
      return { type: 'track', userId: 'u', event: 'E', messageId, properties: { filler: 'x'.repeat(2_000) } };
    });
    const answer = await post(sluice.url, '/v1/batch', { batch }, { writeKey: 'wk' });
    if (answer.status === 200) for (const id of ids) this.accepted.add(id);
    return answer;
  }

  /** Answers the refusal. */
  async untilRefused(sluice: SluiceProcess): Promise<CallAnswer> {
    for (;;) {
      const answer = await this.batch(sluice);
      if (answer.status !== 200) return answer;
      assert.ok(this.#sent < 100_000, 'the disk is full by now');
    }
  }
}

/** Resolves to all requests from `first` on, once each accepted event is among them. */
async function arrived(first: number, { accepted }: Sender): Promise<readonly ReceivedRequest[]> {
  for (let count = first + accepted.size; ; count += 1) {
    const requests = (await receiver.count(count)).slice(first);
    const seen = new Set(requests.map(messageIdOf));
    if ([...accepted].every((id) => seen.has(id))) return requests;
  }
}

function linesWith(sluice: SluiceProcess, pattern: RegExp): number {
  return sluice.stderr.split('\n').filter((line) => pattern.test(line)).length;
}

const REFUSES = /no room for more events: calls are answered 503/;
const ACCEPTS = /has room again: calls are accepted/;

describe('a disk with less free than the reserve', () => {
  it('takes no more events, delivers and settles those it has, and takes more once there is room', async () => {
    using disk = openSmallDisk();
    await using sluice = await start(disk, disk.reserve);
    const first = receiver.requests.length;
    const sender = new Sender('reserve');
    // The first ones fail once, so that retries are noted in the reserve too.
    receiver.answer({ status: 500 }, { status: 500 }, { status: 500 }, {});
    disk.leaveAboveReserve(3 * MIB);
    const freeAtReserve = disk.free() - 3 * MIB;

    const refusal = await sender.untilRefused(sluice);
    assert.ok(sender.accepted.size > 0, 'some were accepted');
    assert.equal(refusal.status, 503);
    assert.match(refusal.headers.get('retry-after') ?? '', /^\d+$/);
    const { code, message } = refusal.body as { code: string; message: string };
    assert.equal(code, 'log_full');
    assert.match(message, /[\d.]+ MiB free, [\d.]+ MiB of it in reserve/);
    for (let call = 0; call < 5; call++) assert.equal((await sender.batch(sluice)).status, 503);
    await arrived(first, sender);
    assert.ok(disk.free() > freeAtReserve - 2 * MIB, `${disk.free()} free of a reserve of ${freeAtReserve}`);

    assert.equal(await sluice.terminate(), 0);
    const store = new DatabaseSync(join(disk.folder, 'delivery.db'));
    const [floor, isClean] = [
      store.prepare('select floor from lane').get(),
      store.prepare('select is_clean from store').get(),
    ];
    store.close();
    assert.deepEqual([floor?.['floor'], isClean?.['is_clean']], [sender.accepted.size, 1]);
    await sluice.restart();
    assert.equal((await sender.untilRefused(sluice)).status, 503);

    disk.makeRoom(sluice.pid);
    assert.equal((await sender.batch(sluice)).status, 200);
    const requests = await arrived(first, sender);
    assert.equal(new Set(requests.map(({ headers }) => headers['webhook-id'])).size, sender.accepted.size);
    assert.equal(requests.length, sender.accepted.size + 3);
    await sluice.terminate();
    assert.deepEqual([linesWith(sluice, REFUSES), linesWith(sluice, ACCEPTS)], [2, 1]);
  });
});

describe('a disk that is full to the last byte', () => {
  it('loses and repeats nothing that was accepted, and needs no restart', async () => {
    using disk = openSmallDisk();
    await using sluice = await start(disk, '0B');
    const first = receiver.requests.length;
    const sender = new Sender('spent');
    receiver.answer({ delayMs: 5 });
    for (let call = 0; call < 10; call++) assert.equal((await sender.batch(sluice)).status, 200);
    disk.fillUp(sluice.pid);
    const refusal = await sender.untilRefused(sluice);
    assert.equal(refusal.status, 503);
    assert.equal((refusal.body as { code: string }).code, 'log_full');
    await arrived(first, sender);
    await sluice.logged(/no room to note what became of deliveries/);

    disk.makeRoom(sluice.pid);
    await sluice.logged(/what became of deliveries is noted again/);
    for (let call = 0; call < 10; call++) assert.equal((await sender.batch(sluice)).status, 200);
    const requests = await arrived(first, sender);
    assert.equal(requests.length, sender.accepted.size);
    assert.equal(await sluice.terminate(), 0);
    assert.deepEqual([linesWith(sluice, REFUSES), linesWith(sluice, ACCEPTS)], [1, 1]);
    assert.equal(receiver.requests.length - first, sender.accepted.size);
  });

  it('does nothing for an operator that it cannot note, also what needs no disk itself', async () => {
    using disk = openSmallDisk();
    await using sluice = await start(disk, '0B');
    const token = readFileSync(join(disk.folder, 'admin.token'), 'utf8').trim();
    const first = receiver.requests.length;
    receiver.answer({});
    let done = 0;
    const test = async (): Promise<number> => {
      const { status, body } = await askApi(sluice, '/destinations/hook/test', { token, body: {} });
      if (status === 200) done += 1;
      else assert.equal((body as { readonly error: { readonly code: string } }).error.code, 'store_full');
      return status;
    };
    assert.equal(await test(), 200);
    disk.fillUp(sluice.pid);
    // Files that are there already may have room for some.
    while ((await test()) === 200) assert.ok(done < 150, 'the disk is full by now');
    for (let call = 0; call < 5; call++) assert.equal(await test(), 503);
    disk.makeRoom(sluice.pid);
    assert.equal(await test(), 200);
    assert.equal(receiver.requests.length - first, done);
    const { body } = await askApi(sluice, '/audit?subject=hook&limit=200', { token });
    const { data } = body as { readonly data: readonly { readonly action: string }[] };
    assert.equal(data.filter(({ action }) => action === 'destination.test').length, done);
  });

  it('lets Sluice stop, and says at a start what to do', async () => {
    using disk = openSmallDisk();
    await using sluice = await start(disk, '0B');
    const first = receiver.requests.length;
    const sender = new Sender('stops');
    receiver.answer({});
    await sender.batch(sluice);
    disk.fillUp(sluice.pid);
    await sender.untilRefused(sluice);
    await arrived(first, sender);
    assert.equal(await sluice.terminate(), 0);
    if (disk.kind === 'tmpfs') {
      // What a stop empties of write-ahead logs may be room enough for a start.
      disk.fillUp(process.pid);
      await assert.rejects(sluice.restart(), /sluice: the disk of \S+ is full.*make room and start again/);
    }
    disk.makeRoom(process.pid);
    await sluice.restart();
    assert.equal((await sender.batch(sluice)).status, 200);
    await arrived(first, sender);
  });

  it('costs nothing that was accepted when the process is killed on it', async () => {
    using disk = openSmallDisk();
    await using sluice = await start(disk, '0B');
    const first = receiver.requests.length;
    const sender = new Sender('killed');
    receiver.answer({ delayMs: 5 });
    for (let call = 0; call < 10; call++) await sender.batch(sluice);
    disk.fillUp(sluice.pid);
    await sender.untilRefused(sluice);
    await sluice.kill9();
    // What the kill freed may be just enough for a start, or not.
    const isUp = await sluice.restart().then(
      () => true,
      (error: unknown) => !/sluice: the disk of \S+ is full/.test(String(error)),
    );
    disk.makeRoom(isUp ? sluice.pid : process.pid);
    if (!isUp) await sluice.restart();
    assert.equal((await sender.batch(sluice)).status, 200);
    await arrived(first, sender);
  });
});
