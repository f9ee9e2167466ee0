/** `sluice import` holds a piece of a file at a time: measured by what its process had at most. */
import assert from 'node:assert/strict';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { linesOf } from '../support/call-lines.ts';
import { runSluice } from '../support/command-line.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

const PEAK = new URL('../support/peak-memory.ts', import.meta.url).href;
const IS_LONG = process.env['SLUICE_TEST_LONG'] === '1';

const folder = mkdtempSync(join(tmpdir(), 'sluice-import-'));
after(() => {
  rmSync(folder, { recursive: true });
});

describe('the memory of sluice import', () => {
  it('is the same however long the file and its lines are', async () => {
    const file = join(folder, 'huge.gz');
    const part = linesOf('huge', 20_000);
    const packed = gzipSync(part);
    const members = IS_LONG ? 200 : 60;
    const longLine = gzipSync(Buffer.alloc(128 * 1024 * 1024, 'x'), { level: 1 });
    const pieces = [...Array.from({ length: members }, () => packed), longLine, gzipSync('\n')];
    await pipeline(pieces, createWriteStream(file));
    const { stdout, stderr } = await peakOf(file, '--dry-run', '--json');
    const unpackedBytes = members * part.length + 128 * 1024 * 1024;
    assert.partialDeepStrictEqual(JSON.parse(stdout), { accepted: members * 20_000, refused: 1 });
    assertPeak(stderr, unpackedBytes);
  });

  it(
    'is the same however many events are sent',
    { skip: IS_LONG ? false : 'a million events: npm run test:long' },
    async () => {
      await using sluice = await SluiceProcess.start({ command: 'dev', host: null });
      const file = join(folder, 'million');
      await pipeline(
        Array.from({ length: 50 }, (_, index) => linesOf('million', 20_000, index * 20_000)),
        createWriteStream(file),
      );
      const { stdout, stderr } = await peakOf(file, '--write-key', 'dev', '--json', '--url', sluice.url);
      assert.partialDeepStrictEqual(JSON.parse(stdout), { accepted: 1_000_000, refused: 0 });
      assertPeak(stderr, Infinity);
    },
  );
});

async function peakOf(...args: readonly string[]) {
  return runSluice(['import', ...args], { env: { XDG_STATE_HOME: folder, NODE_OPTIONS: `--import=${PEAK}` } });
}

/** Node.js alone has 60 MB of it, and what it has not collected yet. */
const PEAK_BYTES_MAX = 320 * 1024 * 1024;

function assertPeak(stderr: string, fileBytes: number): void {
  const peak = Number(/peak memory: (\d+) bytes/.exec(stderr)?.[1]);
  assert.ok(peak < PEAK_BYTES_MAX && peak < fileBytes, `${peak} bytes for a file of ${fileBytes}`);
}
