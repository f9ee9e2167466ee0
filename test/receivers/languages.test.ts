/**
 * The checks that `docs/receiving.md` prints in other languages, as they are printed there, over the vectors. They run in
 * the long form, for which `scripts/install.mjs --with-languages` brings what is missing.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { ReceiverVector } from '../../scripts/receiver-vectors.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const DRIVERS = join(import.meta.dirname, 'drivers');
const isLong = process.env['SLUICE_TEST_LONG'] === '1';
const run = promisify(execFile);

interface Language {
  /** What its code block is marked with. */
  readonly mark: string;
  /** Where that goes, beside the driver that calls it. */
  readonly file: string;
  readonly driver: string;
  /** From what is printed to what can be run with the driver. */
  readonly made?: (code: string) => string;
  /** Run in turn in one folder; the last one is fed the vectors. */
  readonly commands: readonly (readonly [string, ...string[]])[];
}

const LANGUAGES: Readonly<Record<string, Language>> = {
  Python: { mark: 'python', file: 'receiver.py', driver: 'driver.py', commands: [['python3', 'driver.py']] },
  Go: {
    ...{ mark: 'go', file: 'receiver.go', driver: 'driver.go' },
    // A program is a package of this name.
    made: (code) => code.replace('package webhooks', 'package main'),
    commands: [['go', 'build', '-o', 'receiver', 'driver.go', 'receiver.go'], ['./receiver']],
  },
  Ruby: { mark: 'ruby', file: 'receiver.rb', driver: 'driver.rb', commands: [['ruby', 'driver.rb']] },
  PHP: { mark: 'php', file: 'receiver.php', driver: 'driver.php', commands: [['php', 'driver.php']] },
  Java: {
    ...{ mark: 'java', file: 'Webhooks.java', driver: 'Driver.java' },
    commands: [
      ['javac', 'Webhooks.java', 'Driver.java'],
      ['java', 'Driver'],
    ],
  },
};

const page = await readFile(join(DOCS, 'receiving.md'), 'utf8');
const { nowS, toleranceS, vectors } = JSON.parse(await readFile(join(DOCS, 'receiver-vectors.json'), 'utf8')) as {
  readonly nowS: number;
  readonly toleranceS: number;
  readonly vectors: readonly ReceiverVector[];
};

function printed(mark: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${mark}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** A vector as drivers read it: fields that no language has to parse. */
function lineOf({ secrets, headers, body }: ReceiverVector): string {
  const pairs = Object.entries(headers).map(([name, value]) => `${base64(name)}:${base64(value)}`);
  return [nowS, secrets.map(base64).join(','), base64(body), ...pairs].join('\t');
}

async function verdicts({ mark, file, driver, made = (code) => code, commands }: Language): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-language-'));
  try {
    await writeFile(join(folder, file), made(printed(mark)[0] ?? ''));
    await cp(join(DRIVERS, driver), join(folder, driver));
    let told = '';
    for (const [program, ...args] of commands) {
      const running = run(program, args, { cwd: folder });
      running.child.stdin?.end(vectors.map((vector) => `${lineOf(vector)}\n`).join(''));
      told = (await running).stdout;
    }
    return told.trimEnd().toLowerCase().split('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the check in another language, as the documentation prints it', () => {
  for (const [name, language] of Object.entries(LANGUAGES)) {
    it(`is there once, with the tolerance of the vectors: ${name}`, () => {
      const [code = '', ...others] = printed(language.mark);
      assert.deepEqual(others, []);
      assert.match(code, /5 \* (?:60|time\.Minute)\b/);
      assert.equal(toleranceS, 5 * 60);
      assert.ok(page.includes(`](#${name.toLowerCase()})`), 'a link to it');
    });

    it(
      `finds what is to be found of each vector: ${name}`,
      { skip: isLong ? false : 'in the long form alone (npm run test:long), which brings the languages' },
      async () => {
        const found = await verdicts(language);
        const expected = vectors.map(({ standard, xSignature }) => `${standard === 'valid'} ${xSignature === 'valid'}`);
        assert.deepEqual(
          vectors.map((vector, at) => `${vector.name}: ${found[at] ?? 'nothing'}`),
          vectors.map((vector, at) => `${vector.name}: ${expected[at] ?? ''}`),
        );
      },
    );
  }
});
