import { CommandFailure } from '../../exit-codes.ts';
import { type BatchOptions, type Mark, passTo, START } from './batches.ts';
import type { RefusedLine } from './call.ts';
import { openFile, type OpenFile } from './file.ts';
import { type Line, LineReader } from './lines.ts';
import type { RefusedFile } from './refused.ts';
import { counted, placeOf, type ImportReport, type Progress } from './report.ts';
import { runImport } from './run.ts';
import type { ImportSender } from './sender.ts';
import type { ImportState, ImportStates } from './state.ts';

/** What all files of one command share. */
export interface Import {
  /** Null for a dry run. */
  readonly sender: ImportSender | null;
  readonly concurrency: number;
  readonly rate: number | null;
  readonly isOfDevices: boolean;
  readonly skipsInvalid: boolean;
  readonly refusedFile: RefusedFile | null;
  readonly report: ImportReport;
  readonly signal: AbortSignal;
  /** Told of each line that is left out. */
  readonly onRefused: (file: string, line: Line & RefusedLine) => void;
  /** What is shown while it goes on. */
  readonly watch: { progress: () => Progress };
}

/** What became of one file. */
export interface Imported {
  readonly file: string;
  /** Lines that an earlier run had done. */
  readonly doneBefore: number;
  readonly lines: number;
  /** In this run. */
  readonly accepted: number;
  readonly refused: number;
  readonly undated: number;
}

const BATCH_EVENTS_MAX = 500;

/** A file, read up to where its import goes on. */
interface Begun {
  readonly input: OpenFile;
  readonly reader: LineReader;
  readonly from: Mark;
}

/** Imports one file, from where an earlier run of the same import stopped. @throws CommandFailure */
export async function importOne(file: string, states: ImportStates | null, shared: Import): Promise<Imported> {
  const { signal, sender } = shared;
  const counts = { accepted: 0, refused: 0 };
  let input: OpenFile | null = null;
  const stop = (): void => input?.close();
  const open = (isSkipping: boolean): OpenFile => {
    const opened = openFile(file);
    input = opened;
    shared.watch.progress = () => ({ ...counts, isSkipping, readBytes: opened.readBytes(), bytes: opened.bytes });
    return opened;
  };
  signal.addEventListener('abort', stop);
  try {
    const { reader, from } = await begin(file, states?.read() ?? null, shared, open);
    const write = (mark: Mark, finishedAt: string | null): void => {
      states?.write({ mark, first: reader.first, refusedFile: shared.refusedFile?.path ?? null, finishedAt });
    };
    // What cannot be kept is better known now than after an hour.
    if (sender !== null && from.lines === 0) write(from, null);
    const end = await runImport({
      ...{ reader, from, signal, concurrency: shared.concurrency, rate: shared.rate },
      ...{ isOfDevices: shared.isOfDevices, eventsMax: eventsMaxAt(shared.rate) },
      send: async (body) => sender?.send(body),
      keep: async (mark) => {
        if (sender === null || !(await sender.checkOnTheWay())) return false;
        write(mark, null);
        return true;
      },
      onAccepted: (events) => {
        counts.accepted += events;
      },
      onRefused: refuser(file, from, shared, () => (counts.refused += 1)),
    });
    if (!signal.aborted && sender !== null) {
      // Of a key that was taken away meanwhile, the last batches were dropped.
      await sender.checkAtEnd();
      write(end, new Date().toISOString());
    }
    return importedOf(file, from, end);
  } catch (error) {
    if (signal.aborted && !(error instanceof CommandFailure)) return importedOf(file, START, START);
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** @param open opens the file at its beginning, and is told whether its beginning is passed over */
async function begin(
  file: string,
  state: ImportState | null,
  { signal, report, watch }: Import,
  open: (isSkipping: boolean) => OpenFile,
): Promise<Begun> {
  const from = state?.mark ?? START;
  const input = open(from.lines > 0);
  const reader = new LineReader(input.chunks);
  if (await passTo(reader, from, signal)) {
    const { progress } = watch;
    watch.progress = () => ({ ...progress(), isSkipping: false });
    if (from.lines > 0) report.say(`${placeOf(file, from.lines + 1)}: going on behind ${counted(from.lines, 'line')}`);
    return { input, reader, from };
  }
  // The import of what had this name before is over, and this is something else.
  const isAnother = state?.finishedAt != null && state.first !== reader.first;
  if (!isAnother) throw changed(file, from);
  input.close();
  const again = open(false);
  return { input: again, reader: new LineReader(again.chunks), from: START };
}

/** What is done with a line that is not sent. Answers how long the file of those is then. */
function refuser(file: string, from: Mark, shared: Import, count: () => void): BatchOptions['onRefused'] {
  const { refusedFile } = shared;
  let isFirst = true;
  return (line) => {
    if (!shared.skipsInvalid) throw stoppedAt(file, line);
    if (isFirst && refusedFile !== null) refusedFile.goOnAt(from.lines > 0 ? from.refusedBytes : refusedFile.bytes);
    isFirst = false;
    count();
    shared.onRefused(file, line);
    if (refusedFile === null) return from.refusedBytes;
    return line.bytes === null ? refusedFile.bytes : refusedFile.add(line.bytes);
  };
}

function importedOf(file: string, from: Mark, end: Mark): Imported {
  return {
    file,
    doneBefore: from.lines,
    lines: end.lines,
    accepted: end.accepted - from.accepted,
    refused: end.refused - from.refused,
    undated: end.undated - from.undated,
  };
}

/** Few enough that a low rate is no burst and a pause. */
function eventsMaxAt(rate: number | null): number {
  return rate === null ? BATCH_EVENTS_MAX : Math.min(BATCH_EVENTS_MAX, Math.max(1, Math.ceil(rate / 4)));
}

function changed(file: string, { lines }: Mark): CommandFailure {
  return new CommandFailure(
    'failed',
    `${placeOf(file, 1)}: this is not the file whose import was begun: its first ${counted(lines, 'line')} are others now`,
    ['import it from its beginning: the same command with --restart'],
  );
}

function stoppedAt(file: string, { number, reason, message }: Line & RefusedLine): CommandFailure {
  return new CommandFailure('failed', `${placeOf(file, number)}: ${message} (${reason})`, [
    'all before it is imported; mend the line and run the same command, which goes on there',
    'or leave out such lines: --skip-invalid --refused FILE; all of them at once: --dry-run',
  ]);
}
