/** How the disk of the log stands. */
export interface DiskState {
  /** What Sluice may still write to it; null where the file system cannot tell, and then no reserve is kept. */
  readonly freeBytes: number | null;
  /** Of free disk that is left to deliveries, retries and pruning: `storage.reserve`. */
  readonly reserveBytes: number;
  /** Calls are refused with `log_full` until there is room again. */
  readonly isFull: boolean;
}

/** As a message says it: 3.5 MiB. */
export function mebibytes(bytes: number | null): string {
  return bytes === null ? 'an unknown amount' : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
