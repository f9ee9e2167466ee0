import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

/** The words that mean one thing each in Sluice. A new one is added here and on the page. */
const WORDS = [
  'workspace',
  'source',
  'write key',
  'API token',
  'session',
  'profile',
  'call',
  'refused call',
  'sample',
  'event',
  'event name',
  'message id',
  'event id',
  'destination',
  'endpoint',
  'receiver',
  'listener',
  'delivery',
  'attempt',
  'outcome',
  'retry',
  'backoff',
  'dead letter',
  'replay',
  'paused',
  'log',
  'position',
  'reader',
  'park',
  'settle',
  'lane',
  'floor',
  'gate',
  'prune',
];

const page = readFileSync(new URL('../../docs/glossary.md', import.meta.url), 'utf8');
/** Word, meaning, and the words that are not used for it. */
const rows = [...page.matchAll(/^\| ([^|-]+?)\s*\| ([^|]+?)\s*\| ([^|]+?)\s*\|$/gm)]
  .map(([, word = '', , not = '']) => ({ word, not: not.split(', ') }))
  .filter(({ word }) => word !== 'word');

describe('the glossary', () => {
  it('has a line for each word, once', () => {
    assert.deepEqual(
      rows.map(({ word }) => word),
      WORDS,
    );
  });

  it('never says of a word that it is not used for itself', () => {
    for (const { word, not } of rows) assert.ok(!not.includes(word), word);
  });
});
