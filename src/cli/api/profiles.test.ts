import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Profile, profilesFile, readProfiles, writeProfiles } from './profiles.ts';

const home = mkdtempSync(join(tmpdir(), 'sluice-profiles-'));
after(() => {
  rmSync(home, { recursive: true });
});

let made = 0;
const fresh = () => ({ XDG_CONFIG_HOME: join(home, String((made += 1))) });
const ONE = { current: 'x', profiles: new Map([['x', { url: 'https://x.example', token: 'secret' }]]) };

describe('the file of profiles', () => {
  it('is below the folder for configuration, where that is absolute', () => {
    assert.equal(profilesFile({ XDG_CONFIG_HOME: '/a' }), '/a/sluice/profiles.json');
    assert.equal(profilesFile({ XDG_CONFIG_HOME: 'a', HOME: '/home/x' }), '/home/x/.config/sluice/profiles.json');
    assert.equal(profilesFile({}), join(homedir(), '.config/sluice/profiles.json'));
  });

  it('gives back what was written, also names that JavaScript has a use for', () => {
    const environment = fresh();
    assert.deepEqual(readProfiles(environment), { current: null, profiles: new Map() });
    const profiles = new Map<string, Profile>([
      ...ONE.profiles,
      ['__proto__', { url: 'https://y.example', token: null }],
    ]);
    writeProfiles({ current: '__proto__', profiles }, environment);
    assert.deepEqual(readProfiles(environment), { current: '__proto__', profiles });
  });

  it('is for its owner alone, whatever the umask, and written whole', () => {
    const environment = fresh();
    const file = profilesFile(environment);
    const before = process.umask(0);
    try {
      writeProfiles(ONE, environment);
      writeProfiles(ONE, environment);
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(file, '..')).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(join(file, '..')), ['profiles.json']);
  });

  it('is refused when others can read it', () => {
    const environment = fresh();
    writeProfiles(ONE, environment);
    for (const mode of [0o640, 0o604, 0o622]) {
      chmodSync(profilesFile(environment), mode);
      assert.throws(() => readProfiles(environment), /has tokens, and others may read it/);
    }
  });

  it('is refused, and left alone, when it is not as it was written', () => {
    for (const text of ['', '{', '[]', '{"profiles":[]}', '{"profiles":{"x":1}}', '{"profiles":{"x":{"url":1}}}']) {
      const environment = fresh();
      const file = profilesFile(environment);
      writeProfiles(ONE, environment);
      writeFileSync(file, text);
      assert.throws(() => readProfiles(environment), /cannot read .*profiles\.json/, text);
      assert.equal(readFileSync(file, 'utf8'), text);
    }
  });
});
