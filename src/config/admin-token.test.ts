import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Environment } from './environment.ts';
import { loadConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
after(() => {
  rmSync(folder, { recursive: true });
});

function load(text: string, environment: Environment = {}): void {
  const file = join(folder, 'sluice.yaml');
  writeFileSync(file, text);
  loadConfig({ file, defaultDataDir: './sluice-data', environment, flags: [] });
}

describe("the operators' token", () => {
  it('must not be one that can be guessed, and is not shown where it is', () => {
    const refused = (text: string, environment: Environment = {}): Error => {
      try {
        load(text, environment);
      } catch (error) {
        return error as Error;
      }
      throw new Error('it was taken');
    };
    const { message } = refused('admin: { token: changeme-changeme }');
    assert.match(message, /sluice\.yaml:1:\d+ admin\.token: can be guessed.*`openssl rand -hex 32` makes one/s);
    assert.doesNotMatch(message, /changeme/);
    const environment = { SLUICE_ADMIN_TOKEN: 'aaaaaaaaaaaaaaaa' };
    assert.match(refused('', environment).message, /^SLUICE_ADMIN_TOKEN: can be guessed/m);
  });
});
