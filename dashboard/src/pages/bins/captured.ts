import type { Answered } from '../../api.ts';
import { formatSpan } from '../../format.ts';

/** A request as a page has it: of a large one that came live the body is not there yet. */
export type Captured = Omit<Answered<'getBinRequest'>, 'body'> & { readonly body: string | null };

/** As many as a bin keeps. */
const KEPT_MAX = 500;

/** What was listed and what came since, newest first, each once: what is known of how it ended, is kept. */
export function merged(listed: readonly Captured[], came: readonly Captured[]): readonly Captured[] {
  const byId = new Map<string, Captured>();
  for (const request of [...listed, ...came]) {
    const known = byId.get(request.id);
    byId.set(request.id, known === undefined ? request : both(known, request));
  }
  return [...byId.values()].sort((a, b) => orderOf(b) - orderOf(a)).slice(0, KEPT_MAX);
}

function both(one: Captured, other: Captured): Captured {
  const { answeredMs, gaveUp } = one.answeredMs === null ? other : one;
  return { ...(one.body === null ? other : one), answeredMs, gaveUp };
}

function orderOf({ id }: Captured): number {
  return Number(id.replace(/^req_/, ''));
}

/** The bytes of its body, whatever they are; null where they are not there. */
export function bytesOf({ body, bodyBase64 }: Captured): Uint8Array<ArrayBuffer> | null {
  if (body === null) return null;
  if (bodyBase64 === null) return new TextEncoder().encode(body);
  return Uint8Array.from(atob(bodyBase64), (character) => character.charCodeAt(0));
}

/** What the bin made of it, as a word of `State` and a sentence. */
export function answerWords({ answer, answeredMs, gaveUp }: Captured): {
  readonly state: string;
  readonly words: string;
} {
  const span = answeredMs === null ? '' : formatSpan(answeredMs);
  const told = answer === 'hang' ? 'no answer' : answer === 'reset' ? 'a reset' : String(answer);
  if (answeredMs === null)
    return { state: 'waiting', words: answer === 'hang' ? 'is left hanging' : `waits for ${told}` };
  if (gaveUp) return { state: 'refused', words: `its sender gave up after ${span}` };
  if (answer === 'hang') return { state: 'refused', words: `hung for ${span}, and was cut off` };
  if (answer === 'reset') return { state: 'refused', words: `was reset after ${span}` };
  return {
    state: answer < 300 ? 'delivered' : answer < 500 ? 'failed' : 'refused',
    words: `answered ${told} in ${span}`,
  };
}

/** What is below the bin's own URL. */
export function pathBelow({ path }: Captured, bin: string): string {
  const own = `/bins/${bin}`;
  const below = path.toLowerCase().startsWith(own.toLowerCase()) ? path.slice(own.length) : path;
  return below === '' ? '/' : below;
}

const HEX_BYTES_MAX = 16 * 1024;
const LINE_BYTES = 16;

/** Bytes as a table of hex and characters, as `xxd` writes them. */
export function hexOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, HEX_BYTES_MAX); at += LINE_BYTES) {
    const line = Array.from(bytes.subarray(at, at + LINE_BYTES));
    const hex = line.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(3 * LINE_BYTES - 1)}  ${text}`);
  }
  if (bytes.length > HEX_BYTES_MAX) lines.push(`… ${bytes.length - HEX_BYTES_MAX} more bytes`);
  return lines.join('\n');
}
