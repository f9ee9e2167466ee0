import assert from 'node:assert/strict';
import type { Dashboard } from './scene.ts';

/** Every page, by what it is called here, once there is something to show on it: its path, and what shows that it is there. */
export interface PlacePaths {
  /** That of `sluice dev` where none is given. */
  readonly source?: string;
  readonly destination: string;
  readonly event: string;
  readonly delivery: string;
  readonly replay: string;
  readonly bin: string;
}

export function placesOf(paths: PlacePaths): Readonly<Record<string, string>> {
  const { source = 'dev', destination, event, delivery, replay, bin } = paths;
  return {
    start: '/',
    sources: '/sources',
    debugger: `/sources/${source}`,
    setup: `/sources/${source}/setup`,
    keys: `/sources/${source}/keys`,
    'source settings': `/sources/${source}/settings`,
    destinations: '/destinations',
    'new destination': '/new-destination',
    delivery: `/destinations/${destination}`,
    deliveries: `/destinations/${destination}/deliveries`,
    'dead letters': `/destinations/${destination}/dead-letters`,
    replays: `/destinations/${destination}/replays`,
    settings: `/destinations/${destination}/settings`,
    test: `/destinations/${destination}/test`,
    attempts: `/deliveries/${delivery}`,
    replay: `/replays/${replay}`,
    events: '/events',
    refused: '/events?refused=true',
    event: `/events/${event}`,
    bins: '/bins',
    bin: `/bins/${bin}`,
    alerts: '/administration',
    tokens: '/administration/tokens',
    audit: '/administration/audit',
    storage: '/administration/storage',
    erasures: '/administration/erasures',
    system: '/administration/system',
  };
}

/** Goes there, and waits until all that is asked for at first was answered. */
export async function settle({ page, visit }: Pick<Dashboard, 'page' | 'visit'>, path: string): Promise<void> {
  await visit(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  // The page's policy lets nothing be waited for by a script that is a text.
  const loading = page.locator('main [aria-busy=true]');
  while ((await loading.count()) > 0) await loading.first().waitFor({ state: 'detached' });
}

/** A delivery of `destination` that is dead, as soon as there is one. */
export async function deadDelivery({ api }: Pick<Dashboard, 'api'>, destination: string) {
  for (let tries = 0; tries < 100; tries += 1) {
    const { data } = await api.listDeliveries({ query: { destination, state: 'dead' } });
    if (data[0] !== undefined) return data[0];
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return assert.fail(`nothing of ${destination} is dead`);
}
