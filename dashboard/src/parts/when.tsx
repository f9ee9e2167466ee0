import { Tooltip } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { formatExact, formatRelative } from '../format.ts';

/** One clock for the whole page. */
const told = new Set<() => void>();
let nowMs = Date.now();
setInterval(() => {
  nowMs = Date.now();
  for (const tell of told) tell();
}, 1_000);

function subscribe(tell: () => void): () => void {
  told.add(tell);
  return () => told.delete(tell);
}

/** The time, once a second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}

/** How long ago, or until when; the exact moment on hover and to who reads with a screen reader. */
export function When({ at }: { readonly at: string }) {
  const now = useNow();
  const atMs = Date.parse(at);
  return (
    <Tooltip label={formatExact(atMs)}>
      <time dateTime={at}>{formatRelative(atMs, now)}</time>
    </Tooltip>
  );
}
