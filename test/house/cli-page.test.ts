import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { makeProgram } from '../../src/cli/program.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

describe('the page on the command line', () => {
  it('has every exit code with its meaning, and no other', () => {
    const rows = [...page.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)].map(([, code, meaning]) => [Number(code), meaning]);
    assert.deepEqual(
      rows,
      Object.values(EXIT_CODES).map(({ code, meaning }) => [code, meaning]),
    );
  });

  it('has a part with an example for each command, and for no other', () => {
    const parts = [...page.matchAll(/^### `sluice ([\w-]+)`\n(?:(?!^#)[^])*?^```sh\n/gm)].map(([, name]) => name);
    const commands = makeProgram()
      .createHelp()
      .visibleCommands(makeProgram())
      .map((command) => command.name());
    assert.deepEqual(parts.toSorted(), commands.toSorted());
  });
});
