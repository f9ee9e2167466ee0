import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { batchBytesMax } from '../../../domain/limits.ts';
import { callOn, type RefusedLine } from './call.ts';
import type { Line, LineReader } from './lines.ts';

/** How far an import has come in a file. */
export interface Mark {
  /** Lines from the beginning. */
  readonly lines: number;
  /** Of these lines, as `LineReader.digest`. */
  readonly digest: string;
  readonly accepted: number;
  readonly refused: number;
  /** Of those accepted: calls that did not say when they happened. */
  readonly undated: number;
  /** Length of the file of refused lines. */
  readonly refusedBytes: number;
}

export const START: Mark = { lines: 0, digest: '', accepted: 0, refused: 0, undated: 0, refusedBytes: 0 };

/** What is sent at once. */
export interface Batch {
  /** JSON; null where only lines were passed over. */
  readonly body: string | null;
  readonly events: number;
  /** Where the import is when this was accepted, and all before it. */
  readonly mark: Mark;
}

export interface BatchOptions {
  /** Where it begins: `reader` has taken so many lines. */
  readonly from: Mark;
  readonly eventsMax: number;
  readonly isOfDevices: boolean;
  /** Told of each line that is not sent. Answers how long the file of those is now. May throw, to stop there. */
  readonly onRefused: (line: Line & RefusedLine) => number;
  readonly isStopped: () => boolean;
}

/** Room for what a batch has around its calls. */
const BODY_BYTES_MAX = batchBytesMax - 4_096;
/** Lines at most between two marks, so that a file of nothing but refused lines has some. */
const LINES_MAX = 10_000;

const PIPE_WAIT_MS = 500;

/** The file's calls, as batches that Sluice takes. What is before a line that stops it comes first. */
export async function* batchesOf(reader: LineReader, options: BatchOptions): AsyncGenerator<Batch, void> {
  const pending = new Pending(reader, options.from);
  while (!options.isStopped()) {
    const line = reader.take();
    if (line === null) {
      const more = reader.more();
      // Who writes slowly into a pipe need not wait until a batch is full.
      if (pending.lines > 0 && !(await isSoon(more))) yield pending.take();
      if (!(await more)) break;
      continue;
    }
    const { number, bytes } = line;
    const idOf = idMaker(reader.first ?? '', line);
    const call = callOn(bytes, { idOf, isOfDevices: options.isOfDevices });
    if (call !== null && 'reason' in call) {
      try {
        pending.refuse(options.onRefused({ ...line, ...call }));
      } catch (error) {
        if (pending.lines > 0) yield pending.take();
        throw error;
      }
    }
    if (call !== null && 'text' in call) {
      if (!pending.hasRoomFor(call.text)) yield pending.take();
      pending.add(call.text, call.isDated);
    }
    pending.pass(number);
    if (pending.events >= options.eventsMax || pending.lines >= LINES_MAX) yield pending.take();
  }
  if (pending.lines > 0) yield pending.take();
}

async function isSoon(more: Promise<boolean>): Promise<boolean> {
  return Promise.race([more.then(() => true), sleep(PIPE_WAIT_MS, false, { ref: false })]);
}

/** The same for the same line of the same file, so that Sluice recognises what comes twice. */
function idMaker(first: string, { number, bytes }: Line): () => string {
  return () => `import-${hash('sha256', `${first} ${number} ${bytes?.toString('latin1') ?? ''}`, 'hex').slice(0, 32)}`;
}

/** Passes over what an earlier run has sent, and answers whether that is still what it was. */
export async function passTo(reader: LineReader, { lines, digest }: Mark, signal: AbortSignal): Promise<boolean> {
  for (let passed = 0; passed < lines;) {
    signal.throwIfAborted();
    const line = reader.take();
    if (line === null && !(await reader.more())) return false;
    passed = line?.number ?? passed;
  }
  reader.pass();
  return lines === 0 || reader.digest() === digest;
}

/** What has been read and is in no batch yet. */
class Pending {
  readonly #reader: LineReader;
  #texts: string[] = [];
  #bytes = 0;
  #taken: Mark;
  #now: Mark;

  constructor(reader: LineReader, from: Mark) {
    this.#reader = reader;
    this.#taken = from;
    this.#now = from;
  }

  get events(): number {
    return this.#texts.length;
  }

  get lines(): number {
    return this.#now.lines - this.#taken.lines;
  }

  hasRoomFor(text: string): boolean {
    return this.#bytes + Buffer.byteLength(text) < BODY_BYTES_MAX;
  }

  add(text: string, isDated: boolean): void {
    this.#texts.push(text);
    this.#bytes += Buffer.byteLength(text) + 1;
    const { accepted, undated } = this.#now;
    this.#now = { ...this.#now, accepted: accepted + 1, undated: undated + (isDated ? 0 : 1) };
  }

  refuse(refusedBytes: number): void {
    this.#now = { ...this.#now, refused: this.#now.refused + 1, refusedBytes };
  }

  /** Nothing of this line is left to do. */
  pass(lines: number): void {
    this.#reader.pass();
    this.#now = { ...this.#now, lines };
  }

  take(): Batch {
    const mark = { ...this.#now, digest: this.#reader.digest() };
    const events = this.#texts.length;
    const body = events === 0 ? null : `{"batch":[${this.#texts.join(',')}]}`;
    this.#texts = [];
    this.#bytes = 0;
    this.#taken = mark;
    this.#now = mark;
    return { body, events, mark };
  }
}
