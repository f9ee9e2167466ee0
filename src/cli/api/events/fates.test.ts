import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FATE_STATES } from '../../../contract/vocabulary.ts';
import { makePaint } from '../../colors.ts';
import { type Fate, fateText, isFinal } from './fates.ts';

const FATE: Fate = { destination: 'crm', state: 'dead', reason: 'http_503', deliveries: ['dlv_1_7'] };
const plain = makePaint(false);

describe('what became of an event at a destination', () => {
  it('is a line with its reason and its deliveries', () => {
    assert.equal(fateText(FATE, plain), '→ crm  dead: no attempt is left (http_503)  dlv_1_7');
    const filtered = { ...FATE, state: 'filtered', reason: 'integrations', deliveries: [] } as const;
    assert.equal(fateText(filtered, plain), '→ crm  filtered: it does not go there (integrations)');
  });

  it('stays so by itself, but for what waits', () => {
    const waiting = FATE_STATES.filter((state) => !isFinal({ state }));
    assert.deepEqual(waiting, ['waiting', 'held']);
  });

  it('is shown as it is where a later version has another word', () => {
    const state = 'asleep\u001b[2J' as Fate['state'];
    assert.equal(fateText({ ...FATE, state, reason: null, deliveries: [] }, plain), '→ crm  asleep\\u{1b}[2J');
  });
});
