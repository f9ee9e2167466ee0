// Installs what is missing, and nothing when nothing is. Runs before the install, so it is plain JavaScript
// for Node 20 with no dependency.
//
//   node scripts/install.mjs                    the packages of the lock file
//   node scripts/install.mjs --with-test-tools  and the Debian packages that tests run
//   node scripts/install.mjs --with-languages   and those that the long form of the tests runs

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that tests run → the Debian package that brings each. */
const TEST_TOOLS = { strace: 'strace', chromium: 'chromium' };

/** The same for the receivers that docs/receiving.md has in other languages. */
const LANGUAGES = {
  python3: 'python3',
  go: 'golang-go',
  ruby: 'ruby',
  php: 'php-cli',
  javac: 'default-jdk-headless',
};

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');

installPackages();
installTestTools({
  ...(process.argv.includes('--with-test-tools') ? TEST_TOOLS : {}),
  ...(process.argv.includes('--with-languages') ? LANGUAGES : {}),
});

function installPackages() {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  const stamp = join(root, 'node_modules', '.sluice-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

  console.error('sluice: installing packages (npm ci) …');
  // The machine's npm may run on a Node older than what packages ask for; they run on the pinned one.
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci failed; see its message above');
  if (!existsSync(join(root, 'node_modules', '.bin', 'node'))) {
    fail(
      `no Node.js package for ${process.platform}-${process.arch} was installed; Sluice runs on ` +
        'linux and darwin, x64 and arm64, and needs npm to install optional dependencies (no --omit=optional)',
    );
  }
  writeFileSync(stamp, wanted);
}

function installTestTools(tools) {
  const missing = Object.entries(tools).filter(([program]) => !onPath(program));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name).join(' ');
  if (process.getuid?.() !== 0 || !onPath('apt-get')) {
    fail(`tests need ${missing.map(([program]) => program).join(', ')}; on Debian: sudo apt-get install ${packages}`);
  }
  console.error(`sluice: installing what tests need (apt-get install ${packages}) …`);
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages.split(' ')];
  // The package lists of a fresh machine may be absent or old: refresh them only when the first try fails.
  if (spawnSync('apt-get', install, { stdio: 'ignore', env: aptEnvironment() }).status === 0) return;
  run('apt-get', ['update', '-qq'], 'apt-get update failed', aptEnvironment());
  run('apt-get', install, `apt-get could not install ${packages}`, aptEnvironment());
}

function aptEnvironment() {
  return { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function run(program, args, otherwise, env = process.env) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2], env });
  if (status !== 0) fail(error ? `${otherwise}: ${error.message}` : otherwise);
}

function fail(message) {
  console.error(`sluice: ${message}`);
  process.exit(1);
}
