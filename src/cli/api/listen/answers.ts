import { setTimeout as wait } from 'node:timers/promises';
import { ApiError, type Client } from '../../../contract/client.ts';
import { answerIn, type Forwarded } from './forward.ts';

const AGAIN_MS = 500;

/**
 * Tells Sluice what a program answered, over as many connections as it takes until the time for it is up.
 *
 * @returns whether it was told; false: the time was up before, and the attempt counts as one that timed out
 */
export async function tellAnswer(
  client: Client,
  name: string,
  { id, forwarded, untilMs }: { readonly id: string; readonly forwarded: Forwarded; readonly untilMs: number },
): Promise<boolean> {
  const answer = answerIn(forwarded);
  for (;;) {
    try {
      await client.answerRequest({ params: { name }, body: { id, ...answer } });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'exchange_not_found') return false;
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error;
      if (performance.now() > untilMs) return false;
      await wait(AGAIN_MS);
    }
  }
}
