import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Dashboard, openDashboard } from './scene.ts';

/** Compressed, for the first page: scripts, style sheets and pictures. */
const FIRST_PAGE_BYTES_MAX = 350 * 1024;

describe('the first page of the dashboard', () => {
  let dashboard: Dashboard;
  before(async () => {
    dashboard = await openDashboard();
  });
  after(async () => dashboard[Symbol.asyncDispose]());

  it('is less than 350 KB compressed', async () => {
    const { page, visit } = dashboard;
    await visit('/');
    await page.getByRole('button', { name: 'Send a test event' }).waitFor();
    const sizes = await page.evaluate<readonly number[]>(
      `performance.getEntriesByType('resource').filter(({ name }) => name.includes('/assets/')).map(({ encodedBodySize }) => encodedBodySize)`,
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 0 && bytes < FIRST_PAGE_BYTES_MAX, `${bytes} bytes`);
  });
});
