import { statSync } from 'node:fs';
import type { Position } from '../../domain/event.ts';
import { explained, openSqlite } from './sqlite.ts';

/** Each is a look at the end of an index per lane. */
const REACH = `
  select max(
    coalesce(max(floor), 0),
    coalesce(max((select max(position) from parked where parked.lane = lane.id)), 0),
    coalesce(max((select max(position) from finished where finished.lane = lane.id)), 0),
    coalesce(max((select max(position) from attempt where attempt.lane = lane.id)), 0)
  ) as reach from lane`;

/**
 * The highest position that a delivery store knows of, to be asked before it and the log are opened: a log that ends
 * before has lost its end, and must not give these positions to other events. Null where there is no delivery store.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`
 */
export function deliveryReach(file: string): Position | null {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return null;
  const db = openSqlite(file, { synchronous: 'normal', kind: 'delivery' });
  try {
    return explained(file, () => (db.prepare(REACH).get() as { readonly reach: Position }).reach);
  } finally {
    db.close();
  }
}
