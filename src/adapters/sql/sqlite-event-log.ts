import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { assert } from '../../lib/assert.ts';
import { Batcher } from '../../lib/batcher.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { DiskState, DiskUse } from '../../domain/disk.ts';
import type { LoggedEvent, NewEvent, Position, Slice } from '../../domain/event.ts';
import { appendCharsMax, dedupeKeysMax, dedupeMs, segmentBytesMax, segmentMs } from '../../domain/limits.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { EventLog, EventReader, Extent, Tail } from '../../ports/event-log.ts';
import { LogReader } from './log-reader.ts';
import { newsAfter, type TailNews } from './log-tails.ts';
import type { LostEvents } from './recovered-log.ts';
import { type LogNews, LogWriter, type LogWriterLimits } from './log-writer.ts';
import { makeSegmentMemory, viewSegmentFolder } from './segment-folder.ts';
import { linkDirectly, type LinkEvents, linkThread, type WriterLink } from './writer-link.ts';

/** Characters of bodies in one commit: at about 10 µs an event of 500, 80 ms, for which those behind it wait. */
const COMMIT_CHARS_MAX = 4 * 1024 * 1024;

export interface SqliteEventLogLimits extends LogWriterLimits {
  /** What may wait to be written. */
  readonly appendCharsMax: number;
}

export interface SqliteEventLogOptions {
  /** Holds the segment files and nothing else; made when missing. `:memory:` keeps them in this process. */
  readonly folder: string;
  readonly ambient: Pick<Ambient, 'nowMs' | 'soon'>;
  readonly limits?: Partial<SqliteEventLogLimits>;
  /** Told when the writer cannot go on: the process should end, which is safe, because all state is on disk. */
  readonly onFailure: (error: unknown) => void;
  /** See `LogWriter`. */
  readonly reach?: Position;
  /** Told at the start, and when the disk has become full or has room again. Not of a log in memory. */
  readonly onDisk?: (disk: DiskState) => void;
  /** Told at the start, of each stretch of events that is missing. */
  readonly onLost?: (lost: LostEvents) => void;
  /** Told how long each write to the log took with its sync, measured in the writer's thread. */
  readonly onCommit?: (durationMs: number) => void;
}

/** The event log in SQLite files. */
export interface SqliteEventLog extends EventLog {
  /** Looks how much room there is, and whether calls are accepted. */
  disk(): Promise<DiskState>;
  /** Milliseconds that the writer's thread was busy since it started, waiting for the disk included. */
  writerBusyMs(): number;
  /**
   * A port to give to another thread, which then hears from the writer's thread itself what is durable. For one
   * `openSqliteEventReader`. Not of a log in memory.
   */
  tailPort(): MessagePort;
}

/**
 * Opens the log, or makes one. At most one process may have a folder open for writing; its lock is the caller's.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`
 */
export async function openSqliteEventLog(options: SqliteEventLogOptions): Promise<SqliteEventLog> {
  const { folder, ambient, onFailure, reach = 0 } = options;
  const { onDisk = () => undefined, onLost = () => undefined, onCommit = () => undefined } = options;
  const defaults = { appendCharsMax, dedupeKeysMax, dedupeMs, segmentBytesMax, segmentMs, reserveBytes: 0 };
  const limits = { ...defaults, ...options.limits };
  let reader: LogReader | null = null;
  const events: LinkEvents = { onFailure, onDisk, onLost, onCommit, onNews: (news) => reader?.announce(news) };
  const memory = folder === ':memory:' ? makeSegmentMemory() : null;
  const link =
    memory === null
      ? await linkThread({ folder, limits, nowMs: ambient.nowMs(), reach }, events)
      : linkDirectly(new LogWriter(memory, limits, ambient.nowMs(), reach), events);
  const segments = memory ?? viewSegmentFolder(folder);
  reader = new LogReader({ folder: segments, ambient, news: link.news, onFailure });
  return new OpenedLog(link, reader, { ambient, charsMax: limits.appendCharsMax, isOnDisk: memory === null });
}

export interface EventReaderOptions {
  readonly folder: string;
  /** From `SqliteEventLog.tailPort`; closed with the reader. */
  readonly tail: MessagePort;
  readonly ambient: Pick<Ambient, 'soon'>;
  readonly onFailure: (error: unknown) => void;
}

type OpenedReader = EventReader & { close(): Promise<void> };

/** Opens the same log in another thread for reading, by connections of its own. */
export async function openSqliteEventReader(options: EventReaderOptions): Promise<OpenedReader> {
  const { log, hear } = await readerOf(options);
  options.tail.on('message', hear);
  return log;
}

/**
 * The same for who is in no hurry: it looks for news so often, and when it is asked to, instead of being woken by each
 * commit. At 1,000 commits a second that is a hundredth of a core.
 */
export async function openPatientEventReader(
  options: EventReaderOptions & { readonly ambient: Pick<Ambient, 'after'>; readonly lookEveryMs: number },
): Promise<{
  readonly log: OpenedReader;
  /** Afterwards the log has all that was durable before somebody asked this thread for what it does. */
  readonly look: () => void;
}> {
  const { tail, ambient, lookEveryMs } = options;
  let timer = { cancel: (): void => undefined };
  const { log, hear } = await readerOf(options, () => {
    timer.cancel();
  });
  // A port that nobody listens to keeps what it is told.
  const look = (): void => {
    const told = receiveMessageOnPort(tail);
    if (told !== undefined) hear(told.message as TailNews);
  };
  const lookAgain = (): void => {
    look();
    timer = ambient.after(lookEveryMs, lookAgain);
  };
  lookAgain();
  return { log, look };
}

/** Waits for the writer to tell how things are. `hear` takes what it tells from then on. */
async function readerOf(
  { folder, tail, ambient, onFailure }: EventReaderOptions,
  onClosing: () => void = () => undefined,
): Promise<{ readonly log: LogReader; readonly hear: (told: TailNews) => void }> {
  const first = await new Promise<TailNews>((resolve, reject) => {
    tail.once('message', resolve);
    tail.once('close', () => {
      reject(new Error(`the writer of the log in ${folder} ended before it told how things are`));
    });
  });
  let news = newestOf(tail, null, first);
  const onClose = (): void => {
    onClosing();
    tail.close();
  };
  const log = new LogReader({ folder: viewSegmentFolder(folder), ambient, news, onFailure, onClose });
  const hear = (told: TailNews): void => {
    news = newestOf(tail, news, told);
    log.announce(news);
  };
  return { log, hear };
}

/** The log after all that was told and waits, so that a reader which fell behind looks once. */
function newestOf(tail: MessagePort, known: LogNews | null, first: TailNews): LogNews {
  let newest = known === null ? wholeNews(first) : newsAfter(known, first);
  for (let next = receiveMessageOnPort(tail); next !== undefined; next = receiveMessageOnPort(tail)) {
    newest = newsAfter(newest, next.message as TailNews);
  }
  return newest;
}

function wholeNews(told: TailNews): LogNews {
  assert(typeof told !== 'number', 'a tail is told at first how all things are');
  return told;
}

class OpenedLog implements SqliteEventLog {
  readonly epoch: number;
  readonly facts: EventLog['facts'];
  readonly #link: WriterLink;
  readonly #reader: LogReader;
  readonly #batcher: Batcher<readonly NewEvent[], Float64Array>;
  readonly #charsMax: number;
  readonly #ambient: SqliteEventLogOptions['ambient'];
  #isOpen = true;

  constructor(
    link: WriterLink,
    reader: LogReader,
    { ambient, charsMax, isOnDisk }: { ambient: SqliteEventLogOptions['ambient']; charsMax: number; isOnDisk: boolean },
  ) {
    this.epoch = reader.epoch;
    this.facts = { survivesPowerCut: isOnDisk, dedupe: 'exact' };
    this.#link = link;
    this.#reader = reader;
    this.#charsMax = charsMax;
    this.#ambient = ambient;
    this.#batcher = new Batcher(
      async (calls) => {
        const positions = await link.append(calls.flat(), ambient.nowMs());
        return splitLike(calls, positions);
      },
      {
        soon: (run) => {
          ambient.soon(run);
        },
        sizeMax: COMMIT_CHARS_MAX,
      },
    );
  }

  async append(events: readonly NewEvent[]): Promise<Float64Array> {
    assert(this.#isOpen, 'a closed log takes nothing');
    const chars = events.reduce((sum, { body }) => sum + body.length, 0);
    if (this.#batcher.size + chars > this.#charsMax) throw new SluiceError('log_busy');
    return this.#batcher.add(events, chars);
  }

  async horizon(ask: Parameters<EventLog['horizon']>[0]): Promise<Position> {
    return this.#reader.horizon(ask);
  }

  async prune(before: Position): Promise<void> {
    await this.#link.prune(before, this.#ambient.nowMs());
  }

  async erase(positions: readonly Position[]): Promise<void> {
    const { segments } = this.#link.news;
    const bySegment = Map.groupBy(positions, (position) => segments.findLast((first) => first <= position));
    // One segment at a time, so that appends go on in between.
    for (const ofSegment of bySegment.values()) await this.#link.erase(ofSegment);
  }

  async follow(onSlice: (slice: Slice) => void, wanted?: () => ReadonlySet<string>): Promise<Tail> {
    return this.#reader.follow(onSlice, wanted);
  }

  async read(ask: Parameters<EventReader['read']>[0]): Promise<Slice> {
    return this.#reader.read(ask);
  }

  async get(positions: readonly Position[]): Promise<ReadonlyMap<Position, LoggedEvent>> {
    return this.#reader.get(positions);
  }

  async seek(atMs: number): Promise<Position> {
    return this.#reader.seek(atMs);
  }

  async count(ask: Parameters<EventReader['count']>[0]): Promise<number> {
    return this.#reader.count(ask);
  }

  async extent(): Promise<Extent> {
    return this.#reader.extent();
  }

  async use(): Promise<DiskUse> {
    return this.#reader.use();
  }

  async disk(): Promise<DiskState> {
    return this.#link.disk();
  }

  writerBusyMs(): number {
    return this.#link.busyMs();
  }

  tailPort(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#link.addTail(port1);
    return port2;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#batcher.idle();
    await this.#reader.close();
    await this.#link.close();
  }
}

/** Gives each call of `append` its share of what their common commit answered. */
function splitLike(calls: readonly (readonly NewEvent[])[], positions: Float64Array): Float64Array[] {
  let taken = 0;
  return calls.map(({ length }) => positions.slice(taken, (taken += length)));
}
