import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { SluiceProcess } from '../support/sluice-process.ts';
import { readTrace, straceOptions, unprovenAnswers } from '../support/strace.ts';
import type { TracedCall } from '../support/strace.ts';
import { post } from '../support/tracking.ts';

const WRITE_KEY = 'wk_trace';
const IDS = /trace-\d{4}/g;
const SEGMENT_WAL = /\/\d{16}\.db-wal$/;
const rule = { idPattern: IDS, isLog: (file: string) => SEGMENT_WAL.test(file) };

describe('a 200', () => {
  before(() => {
    const { error } = spawnSync('strace', ['-V']);
    assert.equal(error, undefined, 'strace is not installed; on Debian: apt-get install strace');
  });

  it('is written to its socket after an fsync of the log that covers its event', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-trace-'));
    t.after(async () => rm(folder, { recursive: true }));
    const file = join(folder, 'trace');
    const ids = await sendUnder(file);

    const text = await readFile(file, 'utf8');
    assert.deepEqual(unprovenAnswers(readTrace(text), ids, rule), []);
    const withoutSyncs = readTrace(text).filter(({ name }) => !/^f(data)?sync$/.test(name));
    assert.equal(unprovenAnswers(withoutSyncs, ids, rule).length, ids.length, 'without fsync none would be proven');
  });
});

describe('the proof from a trace', () => {
  const request = '7  read(21<socket:[5]>, "POST /v1/track ... trace-0001", 65536) = 300';
  const store = '8  pwrite64(9</d/0000000000000001.db-wal>, "\\0\\1trace-0001", 4096, 56) = 4096';
  const sync = '8  fsync(9</d/0000000000000001.db-wal>) = 0';
  const answer = '7  write(21<socket:[5]>, "HTTP/1.1 200 OK", 15) = 15';

  it('accepts bytes, then fsync, then 200', () => {
    assert.deepEqual(unproven(request, store, sync, answer), []);
  });

  it('refuses a 200 before the fsync, before the bytes, or without either', () => {
    const between = ['trace-0001: no fsync of the log lies between its bytes and the 200'];
    assert.deepEqual(unproven(request, store, answer, sync), between);
    assert.deepEqual(unproven(request, sync, store, answer), between);
    assert.deepEqual(unproven(request, store, answer), between);
    assert.deepEqual(unproven(request, answer, store, sync), [
      'trace-0001: it was not written to the log before the 200',
    ]);
  });

  it('refuses an fsync of another file, and one that failed', () => {
    const elsewhere = sync.replace('0000000000000001', '0000000000000002');
    assert.equal(unproven(request, store, elsewhere, answer).length, 1);
    assert.equal(unproven(request, store, sync.replace('= 0', '= -1 EIO (Input/output error)'), answer).length, 1);
  });

  it('refuses an fsync that began before the bytes were written, or ended after the 200', () => {
    const [begins, ends] = ['8  fsync(9</d/0000000000000001.db-wal> <unfinished ...>', '8  <... fsync resumed>) = 0'];
    const otherThread = store.replace('8', '6');
    assert.equal(unproven(request, begins, otherThread, ends, answer).length, 1);
    assert.equal(unproven(request, store, begins, answer, ends).length, 1);
    assert.deepEqual(unproven(request, store, begins, ends, answer), []);
  });

  it('takes the answer of the request’s own connection', () => {
    const other = answer.replaceAll('[5]', '[6]');
    assert.deepEqual(unproven(request, other, store, sync, answer), []);
    assert.deepEqual(unproven(request, store, sync, other), ['trace-0001: its request was not answered 200']);
  });

  it('puts calls together that other threads interrupted', () => {
    const [reads, hasRead] = [
      '7  read(21<socket:[5]>,  <unfinished ...>',
      '7  <... read resumed>"trace-0001", 65536) = 9',
    ];
    assert.deepEqual(unproven(reads, '6  write(3<pipe:[1]>, "x", 1) = 1', hasRead, store, sync, answer), []);
  });

  function unproven(...lines: readonly string[]): string[] {
    return unprovenAnswers(traceOf(lines), ['trace-0001'], rule);
  }
});

function traceOf(lines: readonly string[]): TracedCall[] {
  return readTrace(lines.join('\n'));
}

/** Calls one after the other, then side by side. Resolves to their message ids once the trace is whole. */
async function sendUnder(traceFile: string): Promise<string[]> {
  await using sluice = await SluiceProcess.start({
    config: { sources: [{ id: 'traced', name: 'Traced', writeKeys: [WRITE_KEY] }], destinations: [] },
    under: ['strace', ...straceOptions(traceFile)],
  });
  const ids = Array.from({ length: 120 }, (_, index) => `trace-${String(index).padStart(4, '0')}`);
  const lanes = [ids.slice(0, 20)];
  for (let from = 20; from < ids.length; from += 5) lanes.push(ids.slice(from, from + 5));
  const [alone, ...together] = lanes;
  await sendInTurn(sluice.url, alone ?? []);
  await Promise.all(together.map(async (lane) => sendInTurn(sluice.url, lane)));
  // The tracer holds Sluice's stderr too, so once that is closed it has written its last line.
  assert.equal(await sluice.terminate(), 0, sluice.stderr);
  return ids;
}

async function sendInTurn(url: string, ids: readonly string[]): Promise<void> {
  for (const messageId of ids) {
    const { status } = await post(
      url,
      '/v1/track',
      { messageId, userId: 'u', event: 'Traced' },
      { writeKey: WRITE_KEY },
    );
    assert.equal(status, 200);
  }
}
