/** What `ports/audit-trail.ts` promises, of each implementation. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openSqliteAuditTrail } from '../../src/adapters/sql/audit-trail.ts';
import { openSqlite } from '../../src/adapters/sql/sqlite.ts';
import { openSqliteWorkspaceStore } from '../../src/adapters/sql/workspace-store.ts';
import { testBox } from '../support/workspace.ts';
import { auditTrailSuite } from './audit-trail.suite.ts';

auditTrailSuite({
  name: 'SQLite',
  place: (max) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-audit-'));
    const file = join(folder, 'workspace.db');
    return {
      openTrail: async () => Promise.resolve(openSqliteAuditTrail({ file, max })),
      openWorkspace: async () => Promise.resolve(openSqliteWorkspaceStore({ file, box: testBox, auditMax: max })),
      remove: async () => {
        rmSync(folder, { recursive: true });
        return Promise.resolve();
      },
    };
  },
});

describe('lists of the audit trail in SQLite', () => {
  it('read by an index what they answer', () => {
    const db = openSqlite(':memory:', { synchronous: 'full', kind: 'workspace' });
    const planOf = (where: string): string => {
      const asked = `explain query plan select * from audit where ${where} and number < 9 order by number desc limit 1`;
      return db
        .prepare(asked)
        .all()
        .map(({ detail }) => String(detail))
        .join('; ');
    };
    assert.equal(
      planOf("subject = 'a' and +by = 'b'"),
      'SEARCH audit USING INDEX audit_by_subject (subject=? AND rowid<?)',
    );
    assert.equal(planOf("by = 'b'"), 'SEARCH audit USING INDEX audit_by_actor (by=? AND rowid<?)');
    db.close();
  });
});
