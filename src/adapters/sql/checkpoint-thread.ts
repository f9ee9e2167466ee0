/** The thread that copies write-ahead logs into their files. Gets a file's path, answers when it is done; null ends it. */
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { assert } from '../../lib/assert.ts';
import { isDiskFull, sqliteCodeOf } from './sqlite.ts';

const CANNOT_OPEN = 14; // SQLITE_CANTOPEN

function run(asks: MessagePort): void {
  let kept: { readonly file: string; readonly db: DatabaseSync } | null = null;
  asks.on('message', (file: string | null) => {
    if (kept !== null && kept.file !== file) {
      kept.db.close();
      kept = null;
    }
    if (file === null) {
      asks.close();
      return;
    }
    try {
      kept ??= { file, db: openExisting(file) };
      kept.db.exec('pragma wal_checkpoint(passive)');
    } catch (error) {
      // Without room the write-ahead log stays, which is sound. A file that is gone was pruned.
      if (!isDiskFull(error, file) && sqliteCodeOf(error) !== CANNOT_OPEN) throw error;
    }
    asks.postMessage('done');
  });
}

/** Never makes a file: one that was pruned a moment ago must not come back empty. */
function openExisting(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set('mode', 'rw');
  return new DatabaseSync(url);
}

assert(parentPort !== null, 'this file is the entry of a thread');
run(parentPort);
