import { randomUUID } from 'node:crypto';
import type { Kind, Sending } from './library.ts';

/** What fixtures need for requests to the Sluice at a URL: no two rounds have a user or a message id in common. */
export function roundTo(url: string, writeKey: string, mark: () => string): Sending {
  return {
    host: new URL(url).host,
    writeKey,
    nowMs: Date.now(),
    user: (kind: Kind) => `${kind}-${mark()}`,
    uuid: () => randomUUID(),
  };
}
