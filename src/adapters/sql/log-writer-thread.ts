/** The thread that writes the log: does what it is asked in order, answers, and tells every tail what is new. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../lib/assert.ts';
import type { DiskState } from '../../domain/disk.ts';
import { errorCodec, SluiceError } from '../../domain/errors.ts';
import { Checkpointer } from './checkpointer.ts';
import {
  type AppendAnswer,
  type AppendAsk,
  isAppend,
  unpackAppend,
  type WriterAnswer,
  type WriterAsk,
  type WriterThreadStart,
} from './log-messages.ts';
import { LogTails } from './log-tails.ts';
import { type LogNews, LogWriter } from './log-writer.ts';
import { openSegmentFolder } from './segment-folder.ts';

const NOTHING: WriterAnswer = {
  positions: null,
  refusal: null,
  news: null,
  disk: null,
  commitMs: null,
  lost: null,
};

function run({ folder, limits, nowMs, reach }: WriterThreadStart, asks: MessagePort): void {
  const writer = new LogWriter(openSegmentFolder(folder), limits, nowMs, reach);
  const checkpointer = new Checkpointer(writer);
  const tails = new LogTails(writer.news);
  const freshDisk = makeDiskNews(writer);
  asks.on('message', (ask: WriterAsk) => {
    if (isAppend(ask)) append(ask);
    else if (ask.kind === 'close') {
      void close();
      return;
    } else carryOut(ask);
    checkpointer.consider();
  });
  answer({ ...NOTHING, news: writer.news, disk: writer.disk, lost: writer.lost });

  function append(ask: AppendAsk): void {
    orRefuse(() => {
      const startedAtMs = elapsedMs();
      const { events, nowMs: atMs } = unpackAppend(ask);
      const positions = writer.append(events, atMs);
      const commitMs = elapsedMs() - startedAtMs;
      const news = tails.tell(writer.news);
      const disk = freshDisk(false);
      if (disk === null && (news === null || typeof news === 'number')) answer([commitMs, writer.end, ...positions]);
      else answer({ ...NOTHING, positions: [...positions], news: writer.news, disk, commitMs });
    });
  }

  function carryOut(ask: Exclude<WriterAsk, AppendAsk | { kind: 'close' }>): void {
    orRefuse(() => {
      switch (ask.kind) {
        case 'prune':
          writer.prune(ask.before, ask.nowMs);
          break;
        case 'erase':
          writer.erase(ask.positions);
          break;
        case 'tail':
          tails.add(ask.port);
          break;
        case 'look':
          writer.look();
          break;
      }
      answer({ ...NOTHING, news: freshNews(), disk: freshDisk(ask.kind === 'look') });
    });
  }

  function orRefuse(work: () => void): void {
    try {
      work();
    } catch (error) {
      // A damaged file does not get better, and whoever sends again would meet it for ever.
      if (error instanceof SluiceError && error.code === 'file_corrupt') throw error;
      refuse(error, freshNews(), freshDisk(false));
    }
  }

  function freshNews(): LogNews | null {
    return tails.tell(writer.news) === null ? null : writer.news;
  }

  async function close(): Promise<void> {
    await checkpointer.close();
    tails.close();
    writer.close();
    answer(NOTHING);
    asks.close();
  }
}

/** How the disk stands, when that was asked for or is not what it was. */
function makeDiskNews(writer: LogWriter): (isAsked: boolean) => DiskState | null {
  let wasFull = writer.disk.isFull;
  return (isAsked) => {
    const { disk } = writer;
    const isNews = isAsked || disk.isFull !== wasFull;
    wasFull = disk.isFull;
    return isNews ? disk : null;
  };
}

/** What somebody can do something about is answered; anything else ends the thread, and with it the process. */
function refuse(error: unknown, news: LogNews | null, disk: DiskState | null): void {
  if (!(error instanceof SluiceError)) throw error;
  answer({ ...NOTHING, refusal: errorCodec.pack(error), news, disk });
}

function elapsedMs(): number {
  // eslint-disable-next-line no-restricted-syntax -- measures this thread's own work, which no simulation runs in
  return performance.now();
}

function answer(message: WriterAnswer | AppendAnswer): void {
  parentPort?.postMessage(message);
}

assert(parentPort !== null, 'this file is the entry of a thread');
try {
  run(workerData as WriterThreadStart, parentPort);
} catch (error) {
  refuse(error, null, null);
}
