import { SluiceError } from '../../domain/errors.ts';
import { counted, examine, examineAlone, type Finding, type Part } from '../../doctor/examine.ts';
import type { Tone } from '../colors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type Flags, folderConfig } from '../flags.ts';
import { print, printJson, stdoutPaint } from '../output.ts';
import { printable } from '../printable.ts';

export interface DoctorFlags extends Pick<Flags, 'config' | 'dataDir'> {
  readonly json?: boolean;
}

const SAID: Readonly<Record<Finding['state'], { readonly text: string; readonly tone: Tone }>> = {
  ok: { text: 'ok', tone: 'good' },
  warning: { text: 'warning', tone: 'warned' },
  problem: { text: 'problem', tone: 'bad' },
};
const STATE_WIDTH = 7;
const CHECK_WIDTH = 18;
const TEXT_CHARS_MAX = 1_000;

/** `sluice doctor`: what a Sluice stands on here, and what to do about what is wrong. Exit code 1 with any problem. */
export async function doctor({ json = false, ...flags }: DoctorFlags): Promise<void> {
  const parts: Part[] = [];
  const onPart = (part: Part): void => {
    parts.push(part);
    if (!json && part.findings.length > 0) print(...linesOf(part));
  };
  const configured = configuration(flags);
  onPart({ title: 'Configuration', findings: configured.findings });
  if (configured.loaded === null) examineAlone(onPart);
  else await examine(configured.loaded.config, configured.file, onPart);
  const findings = parts.flatMap((part) => part.findings);
  const problems = findings.filter(({ state }) => state === 'problem').length;
  const warnings = findings.filter(({ state }) => state === 'warning').length;
  if (json) printJson({ isWell: problems === 0, problems, warnings, parts });
  else print(summaryOf(problems, warnings));
  if (problems > 0) process.exitCode = EXIT_CODES.failed.code;
}

function configuration(flags: Flags) {
  try {
    const configured = folderConfig(flags, process.env);
    const loaded = configured.load();
    const { sources, destinations } = loaded.config;
    const text = `${configured.file ?? 'no file'}: ${counted(sources.length, 'source')}, ${counted(destinations.length, 'destination')}`;
    const finding: Finding = { state: 'ok', check: 'configuration', text, wayOut: null };
    return { loaded, file: configured.file, findings: [finding] };
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    const wayOut = 'correct it; `sluice config check` looks at it alone. The rest was not looked at';
    const finding: Finding = { state: 'problem', check: 'configuration', text: error.message, wayOut };
    return { loaded: null, file: null, findings: [finding] };
  }
}

function linesOf({ title, findings }: Part): readonly string[] {
  const paint = stdoutPaint();
  const indent = ' '.repeat(STATE_WIDTH + 4);
  return [
    title,
    ...findings.flatMap(({ state, check, text, wayOut }) => {
      const { text: said, tone } = SAID[state];
      const [first = '', ...more] = text.split('\n').map((line) => printable(line, TEXT_CHARS_MAX));
      return [
        `  ${paint(tone, said.padEnd(STATE_WIDTH))}  ${printable(check).padEnd(CHECK_WIDTH)} ${first}`,
        ...more.filter((line) => line !== '').map((line) => `${indent}${line}`),
        ...(wayOut === null ? [] : [`${indent}${paint('quiet', `→ ${printable(wayOut, TEXT_CHARS_MAX)}`)}`]),
      ];
    }),
  ];
}

function summaryOf(problems: number, warnings: number): string {
  const paint = stdoutPaint();
  if (problems > 0) return paint('bad', `${counted(problems, 'problem')}, ${counted(warnings, 'warning')}`);
  return warnings > 0 ? paint('warned', `no problem, ${counted(warnings, 'warning')}`) : paint('good', 'all is well');
}
