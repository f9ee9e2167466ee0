import { CommandFailure } from '../exit-codes.ts';
import { type Mark, passTo, START } from './import-batches.ts';
import type { RefusedLine } from './import-call.ts';
import { openFile, type OpenFile } from './import-file.ts';
import { type Line, LineReader } from './import-lines.ts';
import type { RefusedFile } from './import-refused.ts';
import { counted, placeOf, type ImportReport, type Progress } from './import-report.ts';
import { runImport } from './import-run.ts';
import type { ImportSender } from './import-sender.ts';
import type { ImportStates } from './import-state.ts';

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

/** Imports one file, from where an earlier run of the same import stopped. @throws CommandFailure */
export async function importOne(file: string, states: ImportStates | null, shared: Import): Promise<Imported> {
  const { report, signal, watch, sender } = shared;
  const opened = openFile(file);
  let input = opened;
  const stop = (): void => {
    input.close();
  };
  signal.addEventListener('abort', stop);
  try {
    const from = states?.read()?.mark ?? START;
    const counts = { accepted: 0, isSkipping: from.lines > 0, refused: 0 };
    watch.progress = () => ({ ...counts, readBytes: input.readBytes(), bytes: input.bytes });
    let reader = new LineReader(input.chunks);
    let passed = await passTo(reader, from, signal);
    let mark = from;
    if (!passed.isSame) {
      if (states?.read()?.finishedAt == null) throw changed(file, from);
      // The import of what had this name before is over, and this is another file.
      input.close();
      input = openFile(file);
      reader = new LineReader(input.chunks);
      passed = { isSame: true, firstLine: null };
      mark = START;
    }
    counts.isSkipping = false;
    if (mark.lines > 0) report.say(`${placeOf(file, mark.lines + 1)}: going on behind ${counted(mark.lines, 'line')}`);
    let hasBegun = false;
    const begin = (): void => {
      if (!hasBegun && (mark.lines > 0 || mark !== from)) shared.refusedFile?.goOnAt(mark.refusedBytes);
      hasBegun = true;
    };
    const end = await runImport({
      ...{ reader, from: mark, firstLine: passed.firstLine, signal },
      ...{ isOfDevices: shared.isOfDevices, concurrency: shared.concurrency, rate: shared.rate },
      eventsMax: eventsMaxAt(shared.rate),
      send: async (body) => sender?.send(body),
      keep: async (kept) => {
        if (states === null || sender === null || !(await sender.checkOnTheWay())) return false;
        states.write({ mark: kept, finishedAt: null });
        return true;
      },
      onAccepted: (events) => {
        counts.accepted += events;
      },
      onRefused: (line) => {
        if (!shared.skipsInvalid) throw stoppedAt(file, line);
        begin();
        counts.refused += 1;
        shared.onRefused(file, line);
        return line.bytes === null
          ? (shared.refusedFile?.bytes ?? mark.refusedBytes)
          : (shared.refusedFile?.add(line.bytes) ?? mark.refusedBytes);
      },
    });
    if (!signal.aborted) await finish(states, sender, end);
    return importedOf(file, mark, end);
  } catch (error) {
    if (signal.aborted && !(error instanceof CommandFailure)) return importedOf(file, START, START);
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

async function finish(states: ImportStates | null, sender: ImportSender | null, mark: Mark): Promise<void> {
  if (sender === null) return;
  // Of a key that was taken away meanwhile, the last batches were dropped.
  await sender.checkAtEnd();
  states?.write({ mark, finishedAt: new Date().toISOString() });
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

export type { OpenFile };
