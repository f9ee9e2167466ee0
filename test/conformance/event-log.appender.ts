/** Appends to the log in the folder of its argument until it is killed; see `EventLogBackend.startAppender`. */
import { openSqliteEventLog } from '../../src/adapters/sql/sqlite-event-log.ts';
import { makeSystemAmbient } from '../../src/adapters/system/ambient.ts';

const ambient = makeSystemAmbient();
const log = await openSqliteEventLog({
  folder: process.argv[2]!,
  ambient,
  // Small, so that kills meet segments that are being made and write-ahead logs that are being copied.
  limits: { segmentBytesMax: 256 * 1024 },
  onFailure: (error) => {
    throw error;
  },
});

const CALLERS = 8;
let count = (await log.extent()).end;

async function appendForEver(): Promise<never> {
  for (;;) {
    const number = count++;
    const [position] = await log.append([
      {
        source: 'src_web',
        type: 'track',
        messageId: `killed-${number}`,
        name: null,
        user: null,
        receivedAtMs: ambient.nowMs(),
        integrations: null,
        body: JSON.stringify({ number, padding: 'x'.repeat(2_000) }),
      },
    ]);
    process.stdout.write(`${number} ${position}\n`);
  }
}

await Promise.all(Array.from({ length: CALLERS }, appendForEver));
