import type { NewAuditEntry, Noted } from '../domain/audit.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { AuditTrail } from '../ports/audit-trail.ts';

export interface NotedParts {
  readonly audit: Pick<AuditTrail, 'append'>;
  readonly ambient: Pick<Ambient, 'nowMs'>;
}

/** An entry for what is no part of the workspace. */
export type ActionEntry = Omit<NewAuditEntry, 'atMs' | 'version'>;

/** See `Noted`. Of what fails, a second entry tells by which code of the catalogue. */
export function makeNoted({ audit, ambient }: NotedParts): Noted<ActionEntry> {
  const append = async (entry: ActionEntry): Promise<void> =>
    audit.append({ ...entry, atMs: ambient.nowMs(), version: null });
  return async (entry, act) => {
    await append(entry);
    try {
      return await act();
    } catch (error) {
      const code = error instanceof SluiceError ? error.code : 'internal';
      const failed = { ...entry, action: `${entry.action}.failed`, before: null, after: { error: code } } as const;
      // Where there is no room for it either, the first entry stands alone, as after a kill.
      await append(failed).catch(() => undefined);
      throw error;
    }
  };
}
