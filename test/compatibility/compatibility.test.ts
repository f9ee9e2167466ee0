/** Every row of `docs/segment-compatibility.md`, which is written from the same rows: what it says is so. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { REFUSALS } from '../../src/domain/refusal.ts';
import { LIBRARY_FIXTURES } from '../libraries/index.ts';
import type { Gateway } from '../support/gateway.ts';
import { openCompatibilityGateway } from './checks.ts';
import { REBUILT } from './rows/libraries.ts';
import { SECTIONS } from './sections.ts';

let gateway: Gateway;
before(async () => {
  gateway = await openCompatibilityGateway();
});
after(async () => gateway[Symbol.asyncDispose]());

for (const { title, rows } of SECTIONS) {
  describe(`compatibility: ${title}`, () => {
    for (const { about, verdict, check } of rows) it(`is ${verdict}: ${about}`, async () => check(gateway));
  });
}

describe('the page on compatibility', () => {
  it('has a row for every reason that calls are refused for', () => {
    const text = SECTIONS.flatMap(({ rows }) => rows.map(({ about, note }) => `${about} ${note}`)).join('\n');
    const missing = Object.keys(REFUSALS).filter((reason) => !text.includes(`\`${reason}\``));
    assert.deepEqual(missing, []);
  });

  it('has a row for every library', () => {
    const numbers = new Set(LIBRARY_FIXTURES.map(({ sdkNumber }) => sdkNumber));
    assert.deepEqual([...numbers].toSorted(), Object.keys(REBUILT).toSorted());
  });

  it('says nothing twice, and why wherever it is not the same', () => {
    const rows = SECTIONS.flatMap((section) => section.rows);
    assert.equal(new Set(rows.map(({ about }) => about)).size, rows.length);
    for (const { about, verdict, note } of rows) assert.ok(verdict === 'same' || note !== '', about);
  });
});
