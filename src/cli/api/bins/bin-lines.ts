import type { Answer } from '../../../contract/operation.ts';
import type { Operations } from '../../../contract/operations.ts';
import type { Paint } from '../../colors.ts';
import { agoText, clockTime, printable } from '../../printable.ts';
import { stepText } from './answer-steps.ts';

type Bin = Answer<Operations['getBin']>;
export type BinRequest = Answer<Operations['getBinRequest']>;
/** As a list or a stream has it: of a large body there is none. */
export type ListedRequest = Omit<BinRequest, 'body'> & { readonly body: string | null };

export function binLines({ id, url, script, asked, requests, lastAt }: Bin): readonly string[] {
  return [
    `${printable(id)}  ${printable(url, 500)}`,
    `  answers  ${script.length === 0 ? '200' : script.map(stepText).join('  ')}${script.length === 0 ? '' : `  (asked ${asked} times since that was set)`}`,
    `  holds    ${requests === 1 ? '1 request' : `${requests} requests`}${lastAt === null ? '' : `, the newest ${agoText(lastAt)}`}`,
  ];
}

/** `req_12 12:03:11.042 POST /bins/dev  540 bytes → 503`. */
export function requestLine({ id, at, method, path, bytes, answer }: ListedRequest, paint: Paint): string {
  const isFine = typeof answer === 'number' && answer >= 200 && answer <= 299;
  const answered = paint(isFine ? 'good' : 'bad', String(answer));
  return `${printable(id)} ${clockTime(Date.parse(at))} ${printable(method)} ${printable(path, 200)}  ${bytes} bytes → ${answered}`;
}

/** All of it. */
export function requestLines(request: BinRequest, paint: Paint): readonly string[] {
  const { rawHeaders, body, bodyBase64, from, bytes } = request;
  const text = bodyBase64 === null ? body : `${bytes} bytes that are no text; --raw writes them as they are`;
  return [
    requestLine(request, paint),
    ...(from === null ? [] : [paint('quiet', `from ${printable(from)}`)]),
    ...rawHeaders.map(({ name, value }) => `  ${printable(name, 200)}: ${printable(value, 1_000)}`),
    '',
    ...text.split('\n').map((line) => printable(line, 10_000)),
  ];
}
