import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteErasureStore } from '../../src/adapters/sql/erasure-store.ts';
import { erasureStoreSuite } from './erasure-store.suite.ts';

erasureStoreSuite({
  name: 'SQLite on disk',
  place: () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-erasure-'));
    return {
      open: (limits = {}) => openSqliteErasureStore({ file: join(folder, 'erasure.db'), limits }),
      bytes: () => Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name)))),
      remove: () => {
        rmSync(folder, { recursive: true });
      },
    };
  },
});
