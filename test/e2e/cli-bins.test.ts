/** Request bins from a terminal. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Ended, runSluice } from '../support/command-line.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

describe('sluice bins', () => {
  let sluice: SluiceProcess;
  let bin: string;
  before(async () => {
    sluice = await SluiceProcess.start({ command: 'dev' });
  });
  after(async () => sluice.close());

  const cli = async (args: readonly string[], input?: string): Promise<Ended> =>
    runSluice(['bins', ...args], { env: { SLUICE_URL: sluice.url }, ...(input === undefined ? {} : { input }) });
  const send = async (body: string | Uint8Array<ArrayBuffer>): Promise<number> =>
    (await fetch(`${sluice.url}/bins/${bin}`, { method: 'PUT', body })).status;

  it('makes one, prints its URL alone, and lists it', async () => {
    const { stdout, stderr } = await cli(['create']);
    assert.match(stdout, /^http:\/\/127\.0\.0\.1:\d+\/bins\/bin_[\w-]+\n$/);
    bin = stdout.trim().split('/').at(-1) ?? '';
    assert.match(stderr, new RegExp(`see what comes: sluice bins tail ${bin}`));
    assert.match((await cli(['list'])).stdout, new RegExp(`^${bin} +0 +nothing yet +200 +http`, 'm'));
    assert.match((await cli(['show', bin])).stdout, /answers {2}200\n {2}holds {4}0 requests\n/);
  });

  it('has it answer step by step, by words or a file, and 200 again without any', async () => {
    assert.match((await cli(['answer', bin, '503*2', '200+10ms', 'again'])).stdout, /503\*2 {2}200\+10ms {2}again/);
    assert.deepEqual([await send('1'), await send('2'), await send('3'), await send('4')], [503, 503, 200, 503]);
    const script = JSON.stringify([{ status: 429, headers: { 'Retry-After': '2' } }]);
    assert.equal((await cli(['answer', bin, '--file', '-'], script)).status, 0);
    assert.equal(await send('5'), 429);
    await cli(['answer', bin]);
    assert.equal(await send('6'), 200);
  });

  it('shows what it got, and gives the bytes away as they came', async () => {
    assert.equal(await send(new Uint8Array([0xff, 0x00, 0x0a])), 200);
    const listed = await cli(['requests', bin, '--json']);
    const [{ id, bytes } = { id: '', bytes: 0 }] = JSON.parse(listed.stdout) as { id: string; bytes: number }[];
    assert.equal(bytes, 3);
    assert.match((await cli(['request', bin, id])).stdout, /PUT \/bins\/.* 3 bytes → 200\n.*3 bytes that are no text/s);
    assert.match((await cli(['requests', bin])).stdout, /^req_\w+ +.* +PUT +\/bins\/[\w-]+ +1 +503$/m);
    const live = cli(['tail', bin, '--count', '1', '--json']);
    const told = await Promise.race([live, sendUntil(live)]);
    assert.equal((JSON.parse(told.stdout) as { kind: string }).kind, 'request');
    assert.match((await cli(['empty', bin])).stdout, /^emptied bin_/);
    assert.match((await cli(['requests', bin])).stderr, /it got nothing yet/);
  });

  it('says what is wrong', async () => {
    for (const [args, status, said] of [
      [['answer', bin, '99'], 2, /the step 99 is none\na step is a status/],
      [['answer', bin, '700'], 2, /status/],
      [['answer', bin, '200', '--file', 'x'], 2, /either steps or --file/],
      [['answer', bin, '--file', '/nowhere.json'], 2, /holds no script/],
      [['show', 'bin_none'], 6, /sluice bins list/],
      [['request', bin, 'req_none'], 6, /sluice bins requests BIN/],
    ] as const) {
      const ended = await cli(args);
      assert.equal(ended.status, status, ended.stderr);
      assert.match(ended.stderr, said);
    }
  });

  /** When the live stream began is not told: what it shows came after that. */
  async function sendUntil(live: Promise<Ended>): Promise<Ended> {
    const over = live.then(() => true);
    const later = async () => new Promise<boolean>((resolve) => setTimeout(resolve, 50, false));
    do await send('seen');
    while (!(await Promise.race([over, later()])));
    return live;
  }
});
