import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeProgram } from '../program.ts';
import { propose } from './candidates.ts';

const program = makeProgram();

function texts(...words: readonly string[]): readonly string[] {
  return propose(program, words).candidates.map(({ text }) => text);
}

describe('what completion proposes', () => {
  it('is commands, and those below them', () => {
    assert.ok(texts('').includes('destinations'));
    assert.ok(!texts('').some((text) => text.startsWith('_')));
    assert.deepEqual(texts('dest'), ['destinations']);
    assert.deepEqual(texts('sources', 'keys', ''), ['list', 'issue', 'revoke']);
  });

  it('is flags of the command where one is begun', () => {
    assert.ok(texts('tail', '--').includes('--outcome'));
    assert.deepEqual(texts('tail', '--outc'), ['--outcome']);
    assert.deepEqual(texts('sources', '--url'), []);
  });

  it('is the choices of a flag or an argument', () => {
    assert.deepEqual(texts('tail', '--outcome', ''), ['succeeded', 'failed', 'rejected', 'skipped']);
    assert.deepEqual(texts('tail', '--outcome', 'failed', '--type', 'tr'), ['track']);
    assert.deepEqual(texts('send', 'i'), ['identify']);
    assert.deepEqual(texts('completion', ''), ['bash', 'zsh', 'fish']);
  });

  it('is files where a file is asked for, and ids where an id is', () => {
    assert.equal(propose(program, ['serve', '--config', 'x']).areFiles, true);
    assert.equal(propose(program, ['destinations', 'show', '']).asks, 'destination');
    assert.equal(propose(program, ['tail', '--json', '--source', '']).asks, 'source');
    assert.equal(propose(program, ['tail', '--profile', '']).asks, 'profile');
    assert.equal(propose(program, ['destinations', 'show', 'crm', '']).asks, null);
  });

  it('knows what was said before of which Sluice', () => {
    const { given } = propose(program, ['tail', '--url', 'http://x.example', '--destination', '']);
    assert.deepEqual(given, { url: 'http://x.example' });
  });
});
