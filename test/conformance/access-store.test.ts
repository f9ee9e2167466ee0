import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteAccessStore } from '../../src/adapters/sql/access-store.ts';
import { accessStoreSuite } from './access-store.suite.ts';

accessStoreSuite({
  name: 'SQLite on disk',
  place: () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-access-'));
    return {
      open: (limits = {}) => openSqliteAccessStore({ file: join(folder, 'access.db'), limits }),
      remove: () => {
        rmSync(folder, { recursive: true });
      },
    };
  },
});
