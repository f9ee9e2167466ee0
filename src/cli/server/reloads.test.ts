import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Changes } from '../../compose.ts';
import { type Loaded, loadConfig } from '../../config/load.ts';
import { SluiceError } from '../../domain/errors.ts';
import { appliedRecord, appliedText } from './applied.ts';
import type { Configured } from '../flags.ts';
import { Reloads } from './reloads.ts';

const none = { added: [], changed: [], removed: [], adopted: [] };
const NOTHING: Changes = { sources: none, destinations: none, disconnected: [] };

function loaded(environment: Readonly<Record<string, string>> = {}): Loaded {
  return loadConfig({ file: null, environment, flags: [], defaultDataDir: '/data' });
}

interface Told {
  readonly what: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Reloads of a Sluice that applies when it is told to. */
function open({ file, reload }: Pick<Configured, 'file' | 'reload'> = { file: 'a.yaml', reload: () => loaded() }) {
  const told: Told[] = [];
  const applying: PromiseWithResolvers<Changes>[] = [];
  const failures: unknown[] = [];
  const waiting = new Set<() => void>();
  const happened = (): void => {
    for (const look of waiting) look();
  };
  /** Resolves as soon as it is so. */
  const until = async (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const reloads = new Reloads({
    configured: { file, reload },
    started: loaded(),
    sluice: {
      reload: async () => {
        const one = Promise.withResolvers<Changes>();
        applying.push(one);
        happened();
        return one.promise;
      },
    },
    telemetry: {
      trouble: (what, details) => {
        told.push({ what, details });
        happened();
      },
    },
    onApplied: () => {
      told.push({ what: 'applied', details: {} });
      happened();
    },
    onFailure: (error) => {
      failures.push(error);
      happened();
    },
  });
  return { reloads, told, applying, failures, until };
}

describe('reloads', () => {
  it('are made one after the other, and those asked for meanwhile as one', async () => {
    const { reloads, told, applying, until } = open();
    for (let times = 0; times < 5; times++) reloads.ask();
    assert.equal(applying.length, 1);
    applying[0]?.resolve(NOTHING);
    await until(() => applying.length === 2);
    applying[1]?.resolve(NOTHING);
    await until(() => told.length === 2);
    assert.deepEqual(
      told.map(({ what }) => what),
      ['applied', 'applied'],
    );
    assert.equal(applying.length, 2);
  });

  it('apply nothing when there are mistakes, and tell them as a list', () => {
    const { reloads, told, applying } = open({
      file: 'a.yaml',
      reload: () => {
        throw new SluiceError('config_invalid', { count: 2, problems: 'a.yaml:1:1 x\na.yaml:2:1 y' });
      },
    });
    reloads.ask();
    assert.equal(applying.length, 0);
    const what = 'the configuration has mistakes, and nothing was changed';
    assert.deepEqual(told, [{ what, details: { mistakes: ['a.yaml:1:1 x', 'a.yaml:2:1 y'] } }]);
  });

  it('name the settings that changed and need a restart, and never their values', () => {
    const token = 'hunter2-7fK2xWq9ZtLm';
    const environment = { SLUICE_ADMIN_TOKEN: token, SLUICE_HTTP_PORT: '1', SLUICE_DATA_DIR: '/elsewhere' };
    const { reloads, told } = open({ file: 'a.yaml', reload: () => loaded(environment) });
    reloads.ask();
    const details = { settings: ['http.port', 'dataDir', 'admin.token'] };
    assert.deepEqual(told, [{ what: 'settings changed that need a restart', details }]);
  });

  it('are told when they cannot be applied, and made again when asked for', async () => {
    const { reloads, told, applying, failures, until } = open();
    reloads.ask();
    applying[0]?.reject(new SluiceError('version_conflict'));
    await until(() => told.length === 1);
    assert.equal(told[0]?.what, 'the configuration could not be applied');
    reloads.ask();
    await until(() => applying.length === 2);
    applying[1]?.reject(new Error('a bug'));
    await until(() => failures.length === 1);
  });

  it('say that there is nothing to read without a file', () => {
    const { reloads, told, applying } = open({ file: null, reload: () => loaded() });
    reloads.ask();
    assert.deepEqual(told, [{ what: 'SIGHUP is ignored: no configuration file is in use', details: {} }]);
    assert.equal(applying.length, 0);
  });

  it('begin no more once they have ended', () => {
    const { reloads, applying } = open();
    reloads.end();
    reloads.ask();
    assert.equal(applying.length, 0);
  });
});

describe('what a reload applied', () => {
  const ids = Array.from({ length: 150 }, (_id, index) => `d${index}`);
  const changes: Changes = {
    sources: { ...none, added: ['web'] },
    destinations: { ...none, changed: ['crm'], removed: ids, adopted: ['dst_1'] },
    disconnected: ['dst_2'],
  };

  it('is told in a record with counts, and a hundred ids at most', () => {
    const { sources, destinations, disconnected } = appliedRecord(changes);
    const nothing = { count: 0, ids: [] };
    const others = { changed: nothing, removed: nothing, adopted: nothing };
    assert.deepEqual(sources, { added: { count: 1, ids: ['web'] }, ...others });
    assert.deepEqual(disconnected, { count: 1, ids: ['dst_2'] });
    assert.deepEqual((destinations as Record<string, unknown>)['removed'], { count: 150, ids: ids.slice(0, 100) });
  });

  it('is told in words', () => {
    assert.equal(
      appliedText(changes),
      '1 source added, 1 destination changed, 150 destinations removed, 1 destination taken over from the management API, 1 destination without a source that was removed',
    );
    assert.equal(appliedText(NOTHING), 'nothing has changed');
  });
});
