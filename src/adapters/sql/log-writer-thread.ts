/** The thread that writes the log: does what it is asked in order, answers, and tells every tail what is new. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../lib/assert.ts';
import { SluiceError } from '../../domain/errors.ts';
import { Checkpointer } from './checkpointer.ts';
import { refusalOf, unpackEvents, type WriterAnswer, type WriterAsk, type WriterThreadStart } from './log-messages.ts';
import { type LogNews, LogWriter } from './log-writer.ts';
import { openSegmentFolder } from './segment-folder.ts';

function run({ folder, limits, nowMs }: WriterThreadStart, asks: MessagePort): void {
  const writer = new LogWriter(openSegmentFolder(folder), limits, nowMs);
  const checkpointer = new Checkpointer(writer);
  const tails = new Set<MessagePort>();
  let told = writer.news;
  asks.on('message', (ask: WriterAsk) => {
    if (ask.kind === 'close') {
      void close();
      return;
    }
    answerTo(() => carryOut(ask));
    checkpointer.consider();
  });
  answer({ positions: null, refusal: null, news: told });

  function carryOut(ask: Exclude<WriterAsk, { kind: 'close' }>): Float64Array | null {
    switch (ask.kind) {
      case 'append':
        return writer.append(unpackEvents(ask.events), ask.nowMs);
      case 'prune':
        writer.prune(ask.before);
        return null;
      case 'erase':
        writer.erase(ask.positions);
        return null;
      case 'tail':
        addTail(ask.port);
        return null;
    }
  }

  function answerTo(act: () => Float64Array | null): void {
    try {
      const positions = act();
      answer({ positions, refusal: null, news: freshNews() });
    } catch (error) {
      refuse(error, freshNews());
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
    answer({ positions: null, refusal: null, news: null });
    asks.close();
  }
}

/** What somebody can do something about is answered; anything else ends the thread, and with it the process. */
function refuse(error: unknown, news: LogNews | null): void {
  if (!(error instanceof SluiceError)) throw error;
  answer({ positions: null, refusal: refusalOf(error), news });
}

function answer(message: WriterAnswer): void {
  parentPort?.postMessage(message);
}

assert(parentPort !== null, 'this file is the entry of a thread');
try {
  run(workerData as WriterThreadStart, parentPort);
} catch (error) {
  refuse(error, null);
}
