import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { makeClient, type Client } from '../../src/contract/client.ts';
import { Chromium, type Tab } from '../support/chromium.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

/**
 * A fresh `sluice dev`, an endpoint that answers what a test says, and a browser on the dashboard. Beside what `dev` has
 * there is the destination `shop`, which delivers what comes with the write key `dev` to the endpoint.
 */
export interface Dashboard extends AsyncDisposable {
  readonly sluice: SluiceProcess;
  readonly receiver: Receiver;
  readonly api: Client;
  readonly tab: Tab;
  readonly page: Page;
  /** Goes to a path below `/dashboard`. */
  readonly visit: (path: string) => Promise<void>;
  /** Sends a call with the write key `dev`, and fails where it is not accepted. */
  readonly send: (call: Readonly<Record<string, unknown>>) => Promise<void>;
  /**
   * Fails on anything that the browser complained about, on what was thrown, and on a request to another origin.
   *
   * @param expected what the browser says of answers that the test wants to be errors
   */
  readonly assertQuiet: (expected?: RegExp) => void;
}

export async function openDashboard(): Promise<Dashboard> {
  const parts = new AsyncDisposableStack();
  try {
    const receiver = parts.adopt(await openReceiver(), async (each) => each.close());
    const sluice = parts.use(await SluiceProcess.start({ command: 'dev' }));
    const api = makeClient({ url: sluice.url });
    await api.createDestination({
      body: { name: 'Shop', sources: ['dev'], settings: { webhookUrl: receiver.url('/hook') } },
    });
    const chromium = parts.use(await Chromium.launch());
    const tab = parts.use(await chromium.open());
    const all = parts.move();
    return {
      ...{ sluice, receiver, api, tab, page: tab.page },
      async visit(path) {
        await tab.page.goto(`${sluice.url}/dashboard${path}`);
      },
      async send(call) {
        const { status, body } = await post(sluice.url, `/v1/${String(call['type'])}`, call, { writeKey: 'dev' });
        assert.equal(status, 200, JSON.stringify(body));
      },
      assertQuiet(expected) {
        assertQuiet(tab, sluice.url, expected);
      },
      [Symbol.asyncDispose]: async () => all.disposeAsync(),
    };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

export function assertQuiet(tab: Tab, url: string, expected?: RegExp): void {
  assert.deepEqual(tab.uncaught, []);
  assert.deepEqual(
    tab.complaints.filter((text) => expected?.test(text) !== true),
    [],
  );
  assert.deepEqual(tab.origins, [new URL(url).origin]);
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe finds on the page as it is that is serious or worse: rule, and where.
 *
 * @param rules these alone; without them all
 */
export async function accessibilityFaults(page: Page, rules?: readonly string[]): Promise<readonly string[]> {
  // Colours on their way from one to another are those of neither.
  await page.evaluate(
    "document.getAnimations().forEach((each) => each.constructor.name === 'CSSTransition' && each.finish())",
  );
  await page.evaluate(AXE);
  const options = rules === undefined ? {} : { runOnly: { type: 'rule', values: rules } };
  const { violations } = await page.evaluate<AxeResult>(`axe.run(${JSON.stringify(options)})`);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
}

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}
