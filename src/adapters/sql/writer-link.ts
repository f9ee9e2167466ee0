import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { assert } from '../../lib/assert.ts';
import type { DiskState } from '../../domain/disk.ts';
import { errorCodec } from '../../domain/errors.ts';
import type { NewEvent, Position } from '../../domain/event.ts';
import {
  type AppendAnswer,
  isAppendAnswer,
  packAppend,
  type WriterAnswer,
  type WriterAsk,
  type WriterThreadStart,
} from './log-messages.ts';
import type { LostEvents } from './recovered-log.ts';
import { newsAfter } from './log-tails.ts';
import type { LogNews, LogWriter } from './log-writer.ts';
import { startThread } from './start-thread.ts';

/** The log's writer, seen from the thread that opened the log, wherever it runs. */
export interface WriterLink {
  /** The log as it is after everything that was answered. */
  readonly news: LogNews;
  /** One commit. */
  append(events: readonly NewEvent[], nowMs: number): Promise<Float64Array>;
  prune(before: Position, nowMs: number): Promise<void>;
  erase(positions: readonly Position[]): Promise<void>;
  /** Looks how the disk stands. */
  disk(): Promise<DiskState>;
  /** Milliseconds that its thread was busy since it started, waiting for the disk included. */
  busyMs(): number;
  /** From now on also tells this port what is new, beginning with how things are. */
  addTail(port: MessagePort): void;
  close(): Promise<void>;
}

export interface LinkEvents {
  /** Told before the answer to what made the news. */
  readonly onNews: (news: LogNews) => void;
  /** Told at the start, when it is asked for, and when the disk has become full or has room again. */
  readonly onDisk: (disk: DiskState) => void;
  /** Told at the start, of each stretch that is missing. */
  readonly onLost: (lost: LostEvents) => void;
  /** Told how long each commit took in the writer's thread. */
  readonly onCommit: (durationMs: number) => void;
  /** Told once when the writer cannot go on. What was asked is rejected with the same error. */
  readonly onFailure: (error: unknown) => void;
}

/** The writer in the same thread: for a log in memory, which no other thread could read. */
export function linkDirectly(writer: LogWriter, { onNews }: LinkEvents): WriterLink {
  const telling = <T>(result: T): T => {
    onNews(writer.news);
    return result;
  };
  return {
    get news() {
      return writer.news;
    },
    append: async (events, nowMs) => Promise.resolve(telling(writer.append(events, nowMs))),
    prune: async (before, nowMs) => {
      writer.prune(before, nowMs);
      onNews(writer.news);
      return Promise.resolve();
    },
    erase: async (positions) => {
      writer.erase(positions);
      return Promise.resolve();
    },
    disk: async () => Promise.resolve(writer.disk),
    busyMs: () => 0,
    addTail: () => {
      assert(false, 'a log in memory stays in its thread');
    },
    close: async () => {
      writer.close();
      return Promise.resolve();
    },
  };
}

/** Starts the writer in a thread of its own, so that nothing else waits while it waits for the disk. */
export async function linkThread(start: WriterThreadStart, events: LinkEvents): Promise<WriterLink> {
  const link = new ThreadLink(startThread('log-writer-thread', start), events);
  try {
    await link.started();
  } catch (error) {
    await link.terminate();
    throw error;
  }
  return link;
}

class ThreadLink implements WriterLink {
  readonly #worker: Worker;
  readonly #events: LinkEvents;
  /** In the order of the asks, which is that of the answers. */
  readonly #waiting: Waiting[] = [];
  #news: LogNews | null = null;
  #failure: Error | null = null;
  #isEnding = false;

  constructor(worker: Worker, events: LinkEvents) {
    this.#worker = worker;
    this.#events = events;
    worker.on('message', (answer: WriterAnswer | AppendAnswer) => {
      this.#settle(isAppendAnswer(answer) ? this.#whole(answer) : answer);
    });
    worker.on('error', (error) => {
      this.#fail(errorCodec.ofThread(error));
    });
    worker.on('exit', (code) => {
      if (!this.#isEnding || this.#waiting.length > 0)
        this.#fail(new Error(`the log's writer ended by itself with code ${code}`));
    });
  }

  get news(): LogNews {
    assert(this.#news !== null, 'the writer tells at its start how things are');
    return this.#news;
  }

  async started(): Promise<void> {
    await this.#answer();
  }

  async append(events: readonly NewEvent[], nowMs: number): Promise<Float64Array> {
    const { positions } = await this.#ask(packAppend(events, nowMs));
    assert(positions !== null, 'an append is answered with positions');
    return new Float64Array(positions);
  }

  async prune(before: Position, nowMs: number): Promise<void> {
    await this.#ask({ kind: 'prune', before, nowMs });
  }

  async erase(positions: readonly Position[]): Promise<void> {
    await this.#ask({ kind: 'erase', positions });
  }

  async disk(): Promise<DiskState> {
    const { disk } = await this.#ask({ kind: 'look' });
    assert(disk !== null, 'a look is answered with how the disk stands');
    return disk;
  }

  busyMs(): number {
    return this.#worker.performance.eventLoopUtilization().active;
  }

  addTail(port: MessagePort): void {
    // Whoever holds the other end hears of a failure by itself; here it is told once, to `onFailure`.
    this.#ask({ kind: 'tail', port }, [port]).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#isEnding = true;
    if (this.#failure === null) await this.#ask({ kind: 'close' });
    await this.terminate();
  }

  async terminate(): Promise<void> {
    this.#isEnding = true;
    await this.#worker.terminate();
  }

  async #ask(ask: WriterAsk, transferred: readonly Transferable[] = []): Promise<WriterAnswer> {
    if (this.#failure !== null) throw this.#failure;
    this.#worker.postMessage(ask, transferred);
    return this.#answer();
  }

  async #answer(): Promise<WriterAnswer> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #whole(answer: AppendAnswer): WriterAnswer {
    const [commitMs, end] = answer;
    const news = end === this.news.end ? null : newsAfter(this.news, end);
    return { positions: answer.slice(2), refusal: null, news, disk: null, commitMs, lost: null };
  }

  #settle(answer: WriterAnswer): void {
    const waiting = this.#waiting.shift();
    assert(waiting !== undefined, 'each ask is answered once');
    if (answer.news !== null) {
      this.#news = answer.news;
      this.#events.onNews(answer.news);
    }
    if (answer.disk !== null) this.#events.onDisk(answer.disk);
    for (const lost of answer.lost ?? []) this.#events.onLost(lost);
    if (answer.commitMs !== null) this.#events.onCommit(answer.commitMs);
    if (answer.refusal === null) waiting.resolve(answer);
    else waiting.reject(errorCodec.unpack(answer.refusal));
  }

  #fail(error: Error): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    const hasStarted = this.#news !== null;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    if (hasStarted && !this.#isEnding) this.#events.onFailure(error);
  }
}

interface Waiting {
  readonly resolve: (answer: WriterAnswer) => void;
  readonly reject: (error: Error) => void;
}
