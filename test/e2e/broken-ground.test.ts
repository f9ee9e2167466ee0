/** Folders and files that are not as they should be: what the operator is told, and the way out. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { closeSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { messageIdOf } from '../support/received.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

const PAGE_BYTES = 4_096;
const SEGMENT = 'log/0000000000000001.db';
/** Root may write anywhere; without these two capabilities it may not, as any other user. */
const AS_ANYBODY = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--'] : [];

let receiver: Receiver;
let place: string;
before(async () => {
  receiver = await openReceiver();
});
after(async () => {
  await receiver.close();
});
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'sluice-ground-'));
});
afterEach(() => {
  rmSync(place, { recursive: true });
});

async function start(dataDir: string, under: readonly string[] = []): Promise<SluiceProcess> {
  const config = {
    storage: { reserve: '0B' },
    network: { allow: ['127.0.0.0/8'] },
    sources: [{ id: 'web', writeKeys: ['wk'] }],
    destinations: [
      {
        ...{ id: 'hook', sources: ['web'], settings: { webhookUrl: receiver.url() } },
        delivery: { retries: 5, backoffMs: [600], circuitBreaker: false },
      },
    ],
  };
  return SluiceProcess.start({ config, under, flags: ['--data-dir', dataDir] });
}

async function refused(dataDir: string, message: RegExp, under: readonly string[] = []): Promise<void> {
  await assert.rejects(start(dataDir, under), (error: Error) => {
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /unexpected failure/);
    return true;
  });
}

async function send(sluice: SluiceProcess, ...messageIds: readonly string[]): Promise<void> {
  const batch = messageIds.map((messageId) => {
    return { type: 'track', userId: 'u', event: 'E', messageId, properties: { filler: 'x'.repeat(1_000) } };
  });
  assert.equal((await post(sluice.url, '/v1/batch', { batch }, { writeKey: 'wk' })).status, 200);
}

function names(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}

/** Writes what is no page of a database over pages from this one on. */
function spoil(file: string, firstPage: number, pages: number): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(pages * PAGE_BYTES, 0xa5), 0, pages * PAGE_BYTES, firstPage * PAGE_BYTES);
  closeSync(descriptor);
}

describe('a data folder', () => {
  it('that cannot be written is refused with the reason of the system', async () => {
    const readOnly = join(place, 'read-only');
    mkdirSync(readOnly, { mode: 0o500 });
    await refused(join(readOnly, 'data'), /data folder \S+ cannot be written: EACCES.*--data-dir/, AS_ANYBODY);
    const file = join(place, 'file');
    writeFileSync(file, '');
    await refused(file, /data folder \S+ cannot be written: (ENOTDIR|EEXIST)/);
  });

  it('with a file that cannot be written is refused with the reason of the system', async () => {
    const folder = join(place, 'data');
    await using sluice = await start(folder);
    await sluice.terminate();
    chmodSync(join(folder, 'workspace.db'), 0o400);
    await refused(folder, /data folder \S+ cannot be written: EACCES: .*workspace\.db/, AS_ANYBODY);
  });

  it('is found in use however its path is written', async () => {
    const folder = join(place, 'data');
    await using sluice = await start(folder);
    symlinkSync(folder, join(place, 'link'));
    const owner = new RegExp(`in use by another Sluice \\(process ${sluice.pid}\\)`);
    await refused(join(place, 'link'), owner);
    await refused(`${place}/./link/../data/`, owner);
  });

  it('whose making was cut short is made anew', async () => {
    const folder = join(place, 'data');
    mkdirSync(join(folder, 'log'), { recursive: true });
    for (const name of ['lock.db', 'delivery.db', 'workspace.db', `${SEGMENT}.new`])
      writeFileSync(join(folder, name), '');
    await using sluice = await start(folder);
    const first = receiver.requests.length;
    receiver.answer({});
    await send(sluice, 'anew');
    await receiver.count(first + 1);
  });

  it('is refused with a clear message where the process may open too few files', async () => {
    await refused(join(place, 'data'), /sluice: this process may open no more files; raise its limit \(`ulimit -n`/, [
      ...['prlimit', '--nofile=26:26', '--'],
    ]);
  });
});

describe('a damaged file', () => {
  /** A folder in which something is. */
  async function sound(): Promise<string> {
    const folder = join(place, 'sound');
    await using sluice = await start(folder);
    const first = receiver.requests.length;
    receiver.answer({});
    await send(sluice, ...names('sound', 20));
    await receiver.count(first + 20);
    await sluice.terminate();
    return folder;
  }

  it('is named at the start, whichever it is and whatever was done to it', async () => {
    const folder = await sound();
    const damages: readonly (readonly [name: string, damage: (file: string) => void])[] = [
      [
        SEGMENT,
        (file) => {
          spoil(file, 0, 1);
        },
      ],
      [
        SEGMENT,
        (file) => {
          truncateSync(file, 5 * PAGE_BYTES);
        },
      ],
      [
        SEGMENT,
        (file) => {
          truncateSync(file, 0);
        },
      ],
      [
        'delivery.db',
        (file) => {
          spoil(file, 0, 1);
        },
      ],
      [
        'delivery.db',
        (file) => {
          spoil(file, 1, 8);
        },
      ],
      [
        'workspace.db',
        (file) => {
          spoil(file, 0, 1);
        },
      ],
      [
        'workspace.db',
        (file) => {
          spoil(file, 1, 6);
        },
      ],
      [
        'lock.db',
        (file) => {
          writeFileSync(file, 'this is no database'.repeat(100));
        },
      ],
    ];
    for (const [index, [name, damage]] of damages.entries()) {
      const copy = join(place, `copy-${index}`);
      cpSync(folder, copy, { recursive: true });
      damage(join(copy, name));
      const file = join(copy, name).replaceAll('.', '\\.');
      await refused(copy, new RegExp(`sluice: ${file} is damaged: .*restore a backup, or move it away`));
    }
  });

  it('of a newer version is named, and left as it is', async () => {
    const folder = await sound();
    for (const name of [SEGMENT, 'workspace.db', 'delivery.db']) {
      const copy = join(place, name.replaceAll('/', '-'));
      cpSync(folder, copy, { recursive: true });
      const db = new DatabaseSync(join(copy, name));
      db.exec('pragma user_version = 999');
      db.close();
      await refused(copy, new RegExp(`${name.replaceAll('.', '\\.')} was written by a newer Sluice \\(schema 999`));
    }
  });

  it('of the log ends the process when a delivery meets it, and can be moved away', async () => {
    const folder = join(place, 'data');
    await using sluice = await start(folder);
    receiver.answer({ status: 500 });
    const first = receiver.requests.length;
    await send(sluice, ...names('lost', 200));
    await receiver.count(first + 200);
    await sluice.terminate();
    spoil(join(folder, SEGMENT), 30, 10);

    receiver.answer({});
    // It may end before it listens, or a moment later.
    await sluice.restart().catch(() => undefined);
    await sluice.ended();
    const told = sluice.stderr.split('\n').filter((line) => /^sluice: .*0000000000000001\.db is damaged/.test(line));
    assert.equal(told.length, 1, sluice.stderr);

    renameSync(join(folder, SEGMENT), join(place, 'moved-away.db'));
    await sluice.restart();
    await sluice.logged(/events are missing from the log.*/);
    const line = await sluice.logged(/events are missing/);
    assert.equal((JSON.parse(line) as { atLeast: number }).atLeast, 200);
    await sluice.logged(/"reason":"event_expired"/);
    const before = receiver.requests.length;
    await send(sluice, ...names('kept', 5));
    const requests = (await receiver.count(before + 5)).slice(before);
    assert.deepEqual(requests.map(messageIdOf).sort(), names('kept', 5));
    const ids = new Set(receiver.requests.slice(first).map(({ headers }) => headers['webhook-id']));
    assert.equal(ids.size, 205, 'no event got the id of one that was lost');
  });

  it('that is the write-ahead log of the newest segment is told, and no id is given twice', async () => {
    const folder = join(place, 'data');
    await using sluice = await start(folder);
    const first = receiver.requests.length;
    receiver.answer('hang');
    for (let call = 0; call < 10; call++) await send(sluice, `wal-${call}`);
    await receiver.count(first + 10);
    await sluice.kill9();
    spoil(join(folder, `${SEGMENT}-wal`), 8, 2);
    receiver.answer({});
    await sluice.restart();
    await sluice.logged(/events are missing from the log/);
    await send(sluice, 'wal-after');
    const isThere = (): boolean => receiver.requests.slice(first).some((each) => messageIdOf(each) === 'wal-after');
    for (let count = first + 11; !isThere(); count += 1) await receiver.count(count);
    const namesById = Map.groupBy(receiver.requests.slice(first), ({ headers }) => headers['webhook-id']);
    for (const [id, requests] of namesById) {
      assert.equal(new Set(requests.map(messageIdOf)).size, 1, `${String(id)} is one event`);
    }
    await sluice.kill9();
  });

  it('of deliveries can be moved away: the log stays, and destinations begin with what arrives then', async () => {
    const folder = await sound();
    rmSync(join(folder, 'delivery.db'));
    await using sluice = await start(folder);
    await sluice.logged(/there is no delivery store: destinations begin with what arrives from now on/);
    const first = receiver.requests.length;
    receiver.answer({});
    await send(sluice, 'after');
    await receiver.count(first + 1);
    await sluice.terminate();
    assert.deepEqual(receiver.requests.slice(first).map(messageIdOf), ['after']);
  });
});
