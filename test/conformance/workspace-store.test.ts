import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { openSqliteAuditTrail } from '../../src/adapters/sql/audit-trail.ts';
import { openWorkspace } from '../support/workspace.ts';
import { app, website, type WorkspaceStoreBackend, workspaceStoreSuite } from './workspace-store.suite.ts';

const onDisk: WorkspaceStoreBackend = {
  name: 'SQLite on disk',
  cannotShare: null,
  place: () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-workspace-'));
    const file = join(folder, 'workspace.db');
    return {
      open: async () => Promise.resolve(openWorkspace(file)),
      trail: async () => Promise.resolve(openSqliteAuditTrail({ file })),
      remove: async () => {
        rmSync(folder, { recursive: true, force: true });
        return Promise.resolve();
      },
    };
  },
};

let places = 0;

const inMemory: WorkspaceStoreBackend = {
  name: 'SQLite in memory',
  cannotShare: 'the workspace ends with its store',
  place: () => {
    // By this name the connection that reads the trail finds the same database; it ends with its last connection.
    places += 1;
    const file = `file:workspace-${places}?mode=memory&cache=shared`;
    return {
      open: async () => Promise.resolve(openWorkspace(file)),
      trail: async () => Promise.resolve(openSqliteAuditTrail({ file })),
      remove: async () => Promise.resolve(),
    };
  },
};

workspaceStoreSuite(onDisk);
workspaceStoreSuite(inMemory);

describe('the workspace store on disk', () => {
  it('refuses to go on with a document that is not its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-workspace-'));
    const file = join(folder, 'workspace.db');
    const store = openWorkspace(file);
    await store.commit({ putSources: [website, app] }, 0, 'ann', 1);
    await store.close();
    const db = new DatabaseSync(file);
    db.exec(`update source set document = '{"id":"other","writeKeys":[]}' where id = 'app'`);
    db.close();
    assert.throws(() => openWorkspace(file), /must hold: the document of source app is one/);
    rmSync(folder, { recursive: true });
  });
});
