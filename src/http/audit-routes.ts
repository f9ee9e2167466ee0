import type { auditOperations } from '../contract/audit.ts';
import type { AuditEntry } from '../domain/audit.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { AuditTrail } from '../ports/audit-trail.ts';
import type { HandlersOf } from './handlers.ts';
import { invalid } from './parameters.ts';

export interface AuditRouteParts {
  readonly audit: Pick<AuditTrail, 'append' | 'list'>;
}

/** Who changed what. */
export function auditHandlers({ audit }: AuditRouteParts): HandlersOf<typeof auditOperations> {
  return {
    listAudit: async ({ query: { subject, by, limit, cursor } }) => {
      const found = await audit.list({
        ...(subject === undefined ? {} : { subject }),
        ...(by === undefined ? {} : { by }),
        ...(cursor === undefined ? {} : { before: numberIn(cursor) }),
        // One more than asked for, to know whether there is more.
        max: limit + 1,
      });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      return { data: page.map(shown), next: found.length > limit && last !== undefined ? idOf(last.number) : null };
    },
  };
}

function shown({ number, atMs, ...entry }: AuditEntry) {
  return { id: idOf(number), at: isoOf(atMs), ...entry };
}

function idOf(number: number): string {
  return `aud_${number}`;
}

function numberIn(cursor: string): number {
  const [, digits] = /^aud_(\d{1,15})$/.exec(cursor) ?? [];
  if (digits === undefined) throw invalid('cursor', 'must be the `next` of the page before');
  return Number(digits);
}
