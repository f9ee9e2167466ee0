/** A thread that follows a log through a tail port and answers what it is asked; see `event-log-threads.test.ts`. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openSqliteEventReader } from '../../src/adapters/sql/sqlite-event-log.ts';
import { makeSystemAmbient } from '../../src/adapters/system/ambient.ts';
import type { Position, Slice } from '../../src/domain/event.ts';

export interface FollowerStart {
  readonly folder: string;
  readonly tail: MessagePort;
}

/** `read`: all of these sources from the beginning; `close`: lets go of everything and ends. */
export type FollowerAsk = { readonly kind: 'read'; readonly sources: readonly string[] } | { readonly kind: 'close' };

export type FollowerReport =
  | { readonly kind: 'following'; readonly epoch: number; readonly after: Position }
  | { readonly kind: 'slice'; readonly slice: Slice }
  | { readonly kind: 'page'; readonly page: Slice };

const { folder, tail } = workerData as FollowerStart;
const port = parentPort!;
const reader = await openSqliteEventReader({
  folder,
  tail,
  ambient: makeSystemAmbient(),
  onFailure: (error) => {
    throw error;
  },
});

function report(what: FollowerReport): void {
  port.postMessage(what);
}

async function carryOut(ask: FollowerAsk): Promise<void> {
  if (ask.kind === 'read') {
    const page = await reader.read({ sources: new Set(ask.sources), after: 0, eventsMax: 1e6, charsMax: 1e9 });
    report({ kind: 'page', page });
  } else {
    await reader.close();
    port.close();
  }
}

port.on('message', (ask: FollowerAsk) => void carryOut(ask));
const { after } = await reader.follow((slice) => {
  report({ kind: 'slice', slice });
});
report({ kind: 'following', epoch: reader.epoch, after });
