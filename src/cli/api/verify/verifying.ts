import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { Tone } from '../../colors.ts';
import { CommandFailure, EXIT_CODES } from '../../exit-codes.ts';
import { print, printJson, stdoutPaint } from '../../output.ts';
import { printable } from '../../printable.ts';
import type { Remote } from '../api-command.ts';
import { type CapturedRequest, headersIn, requestIn } from './captured-request.ts';
import { askSecret, canAsk } from '../prompts.ts';
import { type Judgement, judged, type Verdict } from './signature-verdicts.ts';
import type { ApiFlags } from '../target.ts';

export interface VerifyFlags extends ApiFlags {
  readonly secretFile?: string;
  readonly bin?: string;
  readonly request?: string;
  readonly header?: readonly string[];
  readonly body?: string;
  /** Milliseconds. */
  readonly at?: number;
}

/** `sluice verify`. Exit code 1 where the request is not one that a receiver takes. */
export async function verify(remote: Remote, flags: VerifyFlags, file?: string): Promise<void> {
  checkOneSource(flags, file);
  const request = { ...(await captured(remote, flags, file)), ...(flags.at === undefined ? {} : { atMs: flags.at }) };
  const judgement = await judged(request, await secretOf(flags), Date.now());
  if (remote.isJson) printJson(documentOf(judgement));
  else print(...linesOf(judgement));
  if (!judgement.isValid) process.exitCode = EXIT_CODES.failed.code;
}

function checkOneSource({ bin, request, header, body, secretFile }: VerifyFlags, file?: string): void {
  const ways = [file, bin, header ?? body].filter((each) => each !== undefined);
  if (ways.length !== 1) {
    throw new CommandFailure('usage', 'name one captured request: a FILE, --bin ID, or --header … with --body FILE');
  }
  if (request !== undefined && bin === undefined) throw new CommandFailure('usage', '--request is of a --bin');
  if (header !== undefined && body === undefined) {
    throw new CommandFailure('usage', 'headers alone cannot be checked: give the body as well, --body FILE');
  }
  if (secretFile === '-' && (file === '-' || body === '-')) {
    throw new CommandFailure('usage', 'stdin is either the secret or the request; put one of them into a file');
  }
}

async function captured(remote: Remote, flags: VerifyFlags, file?: string): Promise<CapturedRequest> {
  if (file !== undefined) return requestIn(bytesOf(file));
  const { bin, request, header = [], body } = flags;
  if (bin === undefined) return { headers: headersIn(header), body: bytesOf(body ?? '-'), atMs: null, remark: null };
  const pages = remote.client.pages.listBinRequests({ params: { id: bin } });
  for await (const { data } of pages) {
    const found = request === undefined ? data[0] : data.find(({ id }) => id === request);
    if (found === undefined) {
      if (request === undefined) break;
      continue;
    }
    return { headers: found.headers, body: Buffer.from(found.body), atMs: Date.parse(found.at), remark: null };
  }
  throw new CommandFailure(
    'missing',
    `nothing ${request === undefined ? 'was sent to' : 'of this id is in'} the bin ${printable(bin)}`,
    ['point a destination at its URL, and send a test event'],
  );
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? process.stdin.fd : file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure('usage', `cannot read ${printable(file, 200)}: ${printable(reason, 200)}`);
  }
}

/** Of a file, without the newline that editors put at its end; else typed by who is there. */
async function secretOf({ secretFile }: VerifyFlags): Promise<string> {
  if (secretFile === undefined && !canAsk()) {
    throw new CommandFailure('usage', 'no secret: give it with --secret-file FILE, - for stdin');
  }
  const secret =
    secretFile === undefined
      ? await askSecret('Shared secret of the destination (not shown): ')
      : bytesOf(secretFile)
          .toString()
          .replace(/\r?\n$/, '');
  if (secret === '') throw new CommandFailure('usage', 'the secret is empty');
  return secret;
}

/** @throws InvalidArgumentError */
export function instantOf(text: string): number {
  const ms = /^\d{4}-/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be a time such as 2026-03-01T12:00:00Z.');
  return ms;
}

const SAID: Readonly<Record<Verdict['state'], { readonly text: string; readonly tone: Tone }>> = {
  valid: { text: 'valid', tone: 'good' },
  invalid: { text: 'not valid', tone: 'bad' },
  absent: { text: 'absent', tone: 'quiet' },
  other: { text: 'another secret', tone: 'quiet' },
};
const NAMES = {
  'webhook-signature': 'webhook-signature',
  'x-signature': 'X-Signature',
  'x-signature-next': 'X-Signature-Next',
};

function linesOf({ isValid, verdicts, signedAtMs, notes }: Judgement): readonly string[] {
  const paint = stdoutPaint();
  const shown = verdicts.filter(({ header, state }) => state !== 'absent' || header !== 'x-signature-next');
  return [
    ...shown.flatMap(({ header, state, notes: own }) => [
      `${NAMES[header].padEnd(18)} ${paint(SAID[state].tone, SAID[state].text)}`,
      ...own.map((note) => `  ${printable(note, 600)}`),
    ]),
    ...(signedAtMs === null ? [] : [`${'signed'.padEnd(18)} ${new Date(signedAtMs).toISOString()}`]),
    ...notes.map((note) => printable(note, 600)),
    paint(isValid ? 'good' : 'bad', isValid ? 'valid' : 'a receiver with this secret would refuse it'),
  ];
}

function documentOf({ isValid, verdicts, signedAtMs, notes }: Judgement) {
  return {
    isValid,
    signatures: verdicts,
    signedAt: signedAtMs === null ? null : new Date(signedAtMs).toISOString(),
    notes,
  };
}
