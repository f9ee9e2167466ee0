import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ForeseenDeclaration } from '../../provisioning.ts';
import { diffLines } from './diff-lines.ts';

const NOTHING: ForeseenDeclaration = {
  sources: [],
  destinations: [],
  untouched: { sources: 0, destinations: 0 },
  isNew: false,
};
const plain = (_color: string, text: string): string => text;

describe('what a declaration would change, on a terminal', () => {
  it('is one line when it is nothing', () => {
    assert.deepEqual(diffLines(NOTHING, '/data', plain), ['nothing would change\n']);
    const untouched = { sources: 2, destinations: 1 };
    assert.deepEqual(diffLines({ ...NOTHING, untouched }, '/data', plain), [
      'nothing would change; 2 sources and 1 destination of the management API would stay as they are\n',
    ]);
  });

  it('has colours for those who can see them, and nothing that a terminal takes for more than text', () => {
    const field = { path: 'name', before: 'a\u001b[2J', isHidden: false };
    const sources = [{ id: 'web', name: '\u001b[2J', change: 'change' as const, fields: [field] }];
    const lines = diffLines({ ...NOTHING, sources }, '/data', (color, text) => `<${color}>${text}</>`);
    assert.equal(lines[0], String.raw`<yellow>~ source web "\u{1b}[2J"</>` + '\n');
    assert.equal(lines[1], String.raw`    name: "a\u001b[2J" -> <dim>(not set)</>` + '\n');
    assert.doesNotMatch(lines.join(''), /\u001b/);
  });
});
