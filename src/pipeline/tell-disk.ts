import { type DiskState, mebibytes } from '../domain/disk.ts';
import type { Telemetry } from '../ports/telemetry.ts';

/**
 * Takes how the log's disk stands, and tells the operator once when calls begin to be refused and once when they are
 * accepted again: each refused call says it to its sender.
 */
export function makeDiskTeller(telemetry: Pick<Telemetry, 'trouble'>): (disk: DiskState) => void {
  let wasFull = false;
  let isFirst = true;
  return (disk) => {
    const { freeBytes, reserveBytes, isFull } = disk;
    if (isFirst && freeBytes === null && reserveBytes > 0)
      telemetry.trouble('the file system of the data folder does not tell its free space; no reserve is kept', {});
    isFirst = false;
    if (isFull === wasFull) return;
    wasFull = isFull;
    const details = { free: mebibytes(freeBytes), reserve: mebibytes(reserveBytes) };
    if (isFull) telemetry.trouble('the disk has no room for more events: calls are answered 503 until it has', details);
    else telemetry.trouble('the disk has room again: calls are accepted', details);
  };
}
