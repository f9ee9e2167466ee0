import { isJsonObject } from '../../../lib/json-object.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { printable } from '../../printable.ts';
import type { Target } from '../target.ts';

/** What a tracking call is refused with that may be sent again later: it is busy, or its disk is full. */
const LATER = [429, 502, 503, 504];
const TRIES_MAX = 8;
const WAIT_MAX_MS = 30_000;

/**
 * Sends a call, or a batch, as a library does. Resolves when it was taken with `200`, which says that it is on disk, or
 * was refused for what it is; the same message ids make it safe to send again, so that is done where it may help.
 *
 * @param route behind `/v1/`
 */
export async function postCalls(
  { url }: Pick<Target, 'url'>,
  route: string,
  body: unknown,
  writeKey: string,
): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(`${url}/v1/${route}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
    });
    const text = await response.text();
    if (response.status === 200) {
      if (isTaken(text)) return;
      throw new CommandFailure('unreachable', `what answers at ${url}/v1/${route} is not Sluice`);
    }
    if (!LATER.includes(response.status) || tries >= TRIES_MAX) {
      throw new CommandFailure('failed', `refused with ${response.status}: ${reasonIn(text)}`);
    }
    const askedMs = Number(response.headers.get('retry-after') ?? 0) * 1_000;
    const waitMs = Math.min(WAIT_MAX_MS, Math.max(askedMs, 250 * 2 ** tries));
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

function isTaken(text: string): boolean {
  try {
    const answer: unknown = JSON.parse(text);
    return isJsonObject(answer) && answer['success'] === true;
  } catch {
    return false;
  }
}

function reasonIn(text: string): string {
  try {
    const answer: unknown = JSON.parse(text);
    const error = isJsonObject(answer) ? answer['error'] : null;
    if (isJsonObject(error) && typeof error['message'] === 'string') return printable(error['message'], 300);
  } catch {
    // Whatever it is, it is shown as it is.
  }
  return printable(text, 300);
}
