import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { openWorkspace } from '../../../test/support/workspace.ts';

const FOLDER = join(import.meta.dirname, 'migrations/workspace');

/** A file as an earlier version left it, with these documents. */
function fileOfBefore(
  file: string,
  { sources, destinations }: { readonly sources: readonly object[]; readonly destinations: readonly object[] },
): void {
  const db = new DatabaseSync(file);
  for (const name of ['0001-workspace.sql', '0002-secret-rotation.sql'])
    db.exec(readFileSync(join(FOLDER, name), 'utf8'));
  db.exec('pragma user_version = 2');
  const put = (table: string, documents: readonly object[]): void => {
    const statement = db.prepare(`insert into ${table} (id, document) values (?, ?)`);
    for (const document of documents) statement.run((document as { readonly id: string }).id, JSON.stringify(document));
  };
  put('source', sources);
  put('destination', destinations);
  db.close();
}

describe('a workspace of before there were several origins', () => {
  it("is the file's, its keys have no names, and a single plain endpoint is that of `webhookUrl`", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-workspace-'));
    const file = join(folder, 'workspace.db');
    const plain = { url: 'https://a.example/', headers: {}, auth: { kind: 'bearer', token: 'keep-me' } };
    const withHeaders = { url: 'https://b.example/', headers: { 'X-Team': 'growth' }, auth: null };
    fileOfBefore(file, {
      sources: [{ id: 'web', writeKeys: ['wk'] }],
      destinations: [
        { id: 'one', sources: [], endpoints: [plain] },
        { id: 'headers', sources: [], endpoints: [withHeaders] },
        { id: 'two', sources: [], endpoints: [plain, withHeaders] },
      ],
    });
    const store = openWorkspace(file);
    const { sources, destinations } = store.current();
    assert.deepEqual(sources, [{ id: 'web', writeKeys: ['wk'], keyNames: {}, origin: 'file' }]);
    assert.deepEqual(
      destinations.map(({ id, basic, origin }) => ({ id, basic, origin })),
      [
        { id: 'one', basic: plain, origin: 'file' },
        { id: 'headers', basic: null, origin: 'file' },
        { id: 'two', basic: null, origin: 'file' },
      ],
    );
    await store.close();
    rmSync(folder, { recursive: true });
  });
});
