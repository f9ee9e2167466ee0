import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RESTORED_MARK } from '../../src/adapters/sql/segment-folder.ts';
import { openSqliteEventLog } from '../../src/adapters/sql/sqlite-event-log.ts';
import type { EventLogBackend } from './event-log.subject.ts';
import { eventLogSuite } from './event-log.suite.ts';

const open: EventLogBackend['open'] = async (folder, ambient, limits) =>
  openSqliteEventLog({
    folder,
    ambient,
    limits,
    onFailure: (error) => {
      throw error;
    },
  });

const BACKENDS: readonly EventLogBackend[] = [
  {
    name: 'SQLite on disk',
    makePlace: async () => mkdtemp(join(tmpdir(), 'sluice-log-')),
    removePlace: async (place) => rm(place, { recursive: true }),
    open,
    startAppender: (place) =>
      spawn(process.execPath, [join(import.meta.dirname, 'event-log.appender.ts'), place], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    markRestored: async (place) => writeFile(join(place, RESTORED_MARK), ''),
    cannot: {},
  },
  {
    name: 'SQLite in memory',
    makePlace: async () => Promise.resolve(':memory:'),
    removePlace: async () => Promise.resolve(),
    open,
    startAppender: () => {
      throw new Error('a log in memory is not killed');
    },
    cannot: {
      surviveRestart: 'what is in memory goes with the log that is closed',
      surviveKill: 'what is in memory goes with its process',
    },
  },
];

for (const backend of BACKENDS) eventLogSuite(backend);
