import { headerProblem } from '../domain/endpoint-headers.ts';
import { endpointHeaderBytesMax, endpointHeadersMax } from '../domain/limits.ts';
import { isJsonObject } from '../lib/json-object.ts';
import type { Problem } from './problems.ts';

/** What is wrong with the static headers of an endpoint: each for itself, their number, and their size together. */
export function headersProblems(headers: unknown): readonly Problem[] {
  if (!isJsonObject(headers)) return [];
  const entries = Object.entries(headers).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return [...entries.flatMap(headerProblems), ...repeatedNames(entries), ...sizeProblems(entries)];
}

type Header = readonly [name: string, value: string];

function headerProblems([name, value]: Header): Problem[] {
  const message = headerProblem(name, value);
  return message === null ? [] : [{ path: [name], message, atKey: true }];
}

function repeatedNames(headers: readonly Header[]): Problem[] {
  const seen = new Set<string>();
  return headers.flatMap(([name]) => {
    const isRepeated = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    return isRepeated ? [{ path: [name], message: 'is there twice: header names ignore case', atKey: true }] : [];
  });
}

function sizeProblems(headers: readonly Header[]): Problem[] {
  // A character is a byte, and each line adds ": " and its end.
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return [
    ...(headers.length > endpointHeadersMax ? [`has ${headers.length} headers; at most ${endpointHeadersMax}`] : []),
    ...(bytes > endpointHeaderBytesMax ? [`has ${bytes} bytes of headers; at most ${endpointHeaderBytesMax}`] : []),
  ].map((message) => ({ path: [], message: `${message} are allowed` }));
}
