import { resolve } from 'node:path';
import { ApiError } from '../../../contract/client.ts';
import type { ShownSource } from '../../../contract/sources.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { note, print, printJson } from '../../output.ts';
import { durationText, printable } from '../../printable.ts';
import type { Remote } from '../api-command.ts';
import type { RefusedLine } from './call.ts';
import { checkReadable } from './file.ts';
import type { Line } from './lines.ts';
import { type Import, type Imported, importOne } from './one.ts';
import { RefusedFile } from './refused.ts';
import { counted, ImportReport, type Progress } from './report.ts';
import { ImportSender } from './sender.ts';
import { ImportStates } from './state.ts';
import type { ApiFlags } from '../target.ts';

export interface ImportFlags extends ApiFlags {
  readonly writeKey?: string;
  readonly dryRun?: boolean;
  readonly skipInvalid?: boolean;
  readonly refused?: string;
  readonly restart?: boolean;
  readonly rate?: number;
  readonly concurrency: number;
  readonly giveUpAfter?: number;
}

/** Lines that `--json` lists; all are counted. */
const LISTED_MAX = 100;

/** `sluice import`. @throws CommandFailure when not all of it was imported */
export async function importFiles(remote: Remote, flags: ImportFlags, files: readonly string[]): Promise<void> {
  const { dryRun: isDry = false } = flags;
  const writeKey = checkedKey(flags);
  for (const file of files) checkReadable(file);
  const startedAtMs = performance.now();
  const watch: { progress: () => Progress } = { progress: () => NOTHING };
  const report = new ImportReport(() => watch.progress());
  const signal = stopping(report);
  const { target } = remote;
  const sender = isDry
    ? null
    : new ImportSender({
        ...{ target, writeKey, concurrency: flags.concurrency, giveUpMs: flags.giveUpAfter ?? null, signal },
        onTrouble: (reason, waitMs) => {
          report.trouble(target.url, reason, waitMs);
        },
        onOver: (tookMs) => {
          report.troubleOver(tookMs);
        },
      });
  const refusals = new Refusals(report);
  const done: Imported[] = [];
  let failure: unknown = null;
  let source: ShownSource | null = null;
  let refusedFile: RefusedFile | null = null;
  try {
    await sender?.checkAtStart();
    source = isDry ? null : await sourceOf(writeKey, remote);
    const states = files.map((file) => {
      if (isDry || file === '-') return null;
      const each = new ImportStates({ url: target.url, writeKey, file }, process.env);
      if (flags.restart === true) each.forget();
      return each;
    });
    refusedFile = flags.refused === undefined ? null : new RefusedFile(flags.refused, leftIn(flags.refused, states));
    const shared: Import = {
      ...{ sender, report, signal, watch, refusedFile, concurrency: flags.concurrency, rate: flags.rate ?? null },
      // Of whom nothing is known, it is better to leave the address open than to say a wrong one.
      isOfDevices: source === null || source.kind === 'web' || source.kind === 'mobile',
      // A dry run is to find all of them.
      skipsInvalid: isDry || flags.skipInvalid === true,
      onRefused: (file, line) => {
        refusals.add(file, line);
      },
    };
    for (const [index, file] of files.entries()) {
      if (!signal.aborted) done.push(await importOne(file, states[index] ?? null, shared));
    }
  } catch (error) {
    failure = error;
  } finally {
    report.end();
    refusedFile?.close();
    await sender?.close();
  }
  const isComplete = failure === null && !signal.aborted;
  const summary = { done, refusals, source, isDry, isComplete, tookMs: performance.now() - startedAtMs };
  if (remote.isJson) printJson(documentOf(summary, target.url));
  else if (isComplete) print(...summaryLines(summary, flags));
  if (failure !== null) throw failure as Error;
  if (signal.aborted) throw stopped(done, files);
  if (isDry && refusals.count > 0 && flags.skipInvalid !== true) process.exitCode = 1;
}

/** How long the file of refused lines was when these imports were kept; null where none of them has it. */
function leftIn(refused: string, states: readonly (ImportStates | null)[]): number | null {
  const path = resolve(refused);
  const known = states.map((each) => each?.read()).filter((state) => state?.refusedFile === path);
  return known.length === 0 ? null : Math.max(...known.map((state) => state?.mark.refusedBytes ?? 0));
}

const NOTHING: Progress = { readBytes: 0, bytes: null, accepted: 0, refused: 0, isSkipping: false };

function checkedKey({ writeKey = '', dryRun = false, refused, skipInvalid = false }: ImportFlags): string {
  if (refused !== undefined && !skipInvalid && !dryRun) {
    throw new CommandFailure('usage', '--refused is for lines that are left out: give --skip-invalid as well');
  }
  if (writeKey === '' && !dryRun) {
    throw new CommandFailure('usage', 'no write key: say which source the calls are of with --write-key KEY', [
      'keys that there are: sluice sources list',
    ]);
  }
  return writeKey;
}

/** Ends what is under way with the first signal. A second one ends the process, which loses nothing. */
function stopping(report: ImportReport): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 1);
      report.say('stopping once what is under way is accepted; again ends at once');
      controller.abort();
    });
  }
  return controller.signal;
}

/**
 * The source that has this key, where whoever imports may see it. Without a token there is none to be seen: then nobody
 * knows whether it is enabled.
 */
async function sourceOf(writeKey: string, { client }: Remote): Promise<ShownSource | null> {
  try {
    for await (const { data } of client.pages.listSources({ query: { limit: 200 } })) {
      const source = data.find(({ writeKeys }) => writeKeys.includes(writeKey));
      if (source === undefined) continue;
      if (source.enabled) return source;
      throw new CommandFailure('failed', `the source ${printable(source.id)} is disabled: all would be dropped`, [
        'enable it first, in the dashboard or the configuration file',
      ]);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    note('without an API token it cannot be told whether the source is enabled; if it is not, all is dropped');
  }
  return null;
}

/** Lines that were left out, in this run. */
class Refusals {
  readonly #report: ImportReport;
  readonly byReason = new Map<string, number>();
  readonly lines: {
    readonly file: string;
    readonly line: number;
    readonly reason: string;
    readonly message: string;
  }[] = [];
  count = 0;

  constructor(report: ImportReport) {
    this.#report = report;
  }

  add(file: string, { number, reason, message }: Line & RefusedLine): void {
    this.count += 1;
    this.byReason.set(reason, (this.byReason.get(reason) ?? 0) + 1);
    if (this.lines.length < LISTED_MAX) this.lines.push({ file, line: number, reason, message });
    this.#report.refused(file, number, `${message} (${reason})`);
  }
}

interface Summary {
  readonly done: readonly Imported[];
  readonly refusals: Refusals;
  readonly source: ShownSource | null;
  readonly isDry: boolean;
  readonly isComplete: boolean;
  readonly tookMs: number;
}

function documentOf({ done, refusals, source, isDry, isComplete, tookMs }: Summary, url: string) {
  return {
    ...{ url, source: source?.id ?? null, dryRun: isDry, isComplete, tookMs: Math.round(tookMs), files: done },
    accepted: sumOf(done, 'accepted'),
    refused: refusals.count,
    reasons: Object.fromEntries(refusals.byReason),
    refusedLines: refusals.lines,
  };
}

function summaryLines({ done, refusals, source, isDry, tookMs }: Summary, { refused }: ImportFlags): readonly string[] {
  const [accepted, undated] = [sumOf(done, 'accepted'), sumOf(done, 'undated')];
  const before = done.filter(({ doneBefore, lines }) => doneBefore > 0 && doneBefore === lines);
  const rate = tookMs < 1_000 ? '' : `, ${Math.round((accepted * 1_000) / tookMs).toLocaleString('en')} a second`;
  const reasons = [...refusals.byReason].map(([reason, count]) => `${reason} ${count.toLocaleString('en')}`).join(', ');
  return [
    isDry
      ? `${counted(accepted, 'event')} could be imported (${durationText(tookMs)}); nothing was sent`
      : `imported ${counted(accepted, 'event')} in ${durationText(tookMs)}${rate}`,
    ...before.map(
      ({ file, lines }) =>
        `${printable(file, 200)}: all of its ${counted(lines, 'line')} were imported before; --restart sends them again`,
    ),
    ...(refusals.count === 0
      ? []
      : [
          `${isDry ? 'not' : 'left out'} ${counted(refusals.count, 'line')}: ${reasons}${refused === undefined ? '' : `; ${longLines(refusals)}they are in ${printable(refused, 200)}`}`,
        ]),
    ...(undated === 0
      ? []
      : [
          `${counted(undated, 'event')} without a time of their own: they ${isDry ? 'would get' : 'have'} that of their import`,
        ]),
    ...(isDry || accepted === 0
      ? []
      : [`see them: sluice events list${source === null ? '' : ` --source ${printable(source.id)}`}`]),
  ];
}

/** Of a line that is too long nothing is kept. */
function longLines({ byReason }: Refusals): string {
  return byReason.has('line_too_long') ? 'but for those that are too long, ' : '';
}

function sumOf(done: readonly Imported[], name: 'accepted' | 'undated'): number {
  return done.reduce((sum, each) => sum + each[name], 0);
}

function stopped(done: readonly Imported[], files: readonly string[]): CommandFailure {
  const accepted = sumOf(done, 'accepted');
  const wayOut = files.includes('-')
    ? 'stdin is not remembered: put it into a file to be able to go on'
    : 'run the same command to go on';
  return new CommandFailure('failed', `stopped; ${counted(accepted, 'event')} of this run were accepted`, [wayOut]);
}
