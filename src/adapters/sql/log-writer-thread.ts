/** The thread that writes the log: does what it is asked in order, answers, and tells every tail what is new. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../lib/assert.ts';
import type { DiskState } from '../../domain/disk.ts';
import { errorCodec, SluiceError } from '../../domain/errors.ts';
import { Checkpointer } from './checkpointer.ts';
import { unpackEvents, type WriterAnswer, type WriterAsk, type WriterThreadStart } from './log-messages.ts';
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
  const tails = new Set<MessagePort>();
  let told = writer.news;
  const freshDisk = makeDiskNews(writer);
  asks.on('message', (ask: WriterAsk) => {
    if (ask.kind === 'close') {
      void close();
      return;
    }
    answerTo(ask);
    checkpointer.consider();
  });
  answer({ ...NOTHING, news: told, disk: writer.disk, lost: writer.lost });

  function carryOut(ask: Exclude<WriterAsk, { kind: 'close' }>): Float64Array | null {
    switch (ask.kind) {
      case 'append':
        return writer.append(unpackEvents(ask.events), ask.nowMs);
      case 'prune':
        writer.prune(ask.before, ask.nowMs);
        return null;
      case 'erase':
        writer.erase(ask.positions);
        return null;
      case 'tail':
        addTail(ask.port);
        return null;
      case 'look':
        writer.look();
        return null;
    }
  }

  function answerTo(ask: Exclude<WriterAsk, { kind: 'close' }>): void {
    try {
      const startedAtMs = elapsedMs();
      const positions = carryOut(ask);
      const commitMs = positions === null ? null : elapsedMs() - startedAtMs;
      answer({ ...NOTHING, positions, news: freshNews(), disk: freshDisk(ask.kind === 'look'), commitMs });
    } catch (error) {
      // A damaged file does not get better, and whoever sends again would meet it for ever.
      if (error instanceof SluiceError && error.code === 'file_corrupt') throw error;
      refuse(error, freshNews(), freshDisk(false));
    }
  }

  function freshNews(): LogNews | null {
    const { news } = writer;
    if (news.end === told.end && news.segments === told.segments) return null;
    told = news;
    for (const tail of tails) tail.postMessage(news);
    return news;
  }

  function addTail(port: MessagePort): void {
    tails.add(port);
    port.on('close', () => tails.delete(port));
    // Whoever reads keeps itself alive; a tail keeps nobody.
    port.unref();
    port.postMessage(told);
  }

  async function close(): Promise<void> {
    await checkpointer.close();
    for (const tail of tails) tail.close();
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

function answer(message: WriterAnswer): void {
  parentPort?.postMessage(message);
}

assert(parentPort !== null, 'this file is the entry of a thread');
try {
  run(workerData as WriterThreadStart, parentPort);
} catch (error) {
  refuse(error, null, null);
}
