import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { makeCertificates } from '../support/certificates.ts';
import { Chromium } from '../support/chromium.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';
import { openSite, type Site } from '../support/site.ts';
import { SluiceProcess } from '../support/sluice-process.ts';

export type Json = Readonly<Record<string, unknown>>;

/** An event as the page's library made it, or as the webhook got it. */
export interface Event extends Json {
  readonly type: string;
  readonly messageId: string;
}

/**
 * A shop on one origin, Sluice on another, a webhook behind it and a real browser before both. Write keys: `wk_web`,
 * which the webhook gets, and `wk_closed` of a disabled source.
 */
export interface Scene extends AsyncDisposable {
  readonly chromium: Chromium;
  readonly site: Site;
  readonly sluice: SluiceProcess;
  readonly receiver: Receiver;
  /** What pages call Sluice by: a name and a port. */
  readonly host: string;
  readonly scheme: 'http' | 'https';
  /** `SCHEME://HOST` */
  readonly origin: string;
}

export interface SceneOptions {
  /** What both the shop and Sluice speak. */
  readonly scheme?: Scene['scheme'];
}

export async function openScene({ scheme = 'http' }: SceneOptions = {}): Promise<Scene> {
  const parts = new AsyncDisposableStack();
  try {
    const certificate = scheme === 'http' ? null : makeCertificates().good;
    const receiver = parts.adopt(await openReceiver(), async (each) => each.close());
    const folder = parts.adopt(await mkdtemp(join(tmpdir(), 'sluice-scene-')), async (each) =>
      rm(each, { recursive: true }),
    );
    const tls = { certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
    if (certificate !== null) {
      await writeFile(tls.certificate, certificate.cert);
      await writeFile(tls.key, certificate.key);
    }
    const config = configOf(receiver, certificate === null ? {} : { tls });
    const sluice = parts.use(await SluiceProcess.start({ config }));
    const site = parts.use(await openSite(certificate === null ? {} : { certificate }));
    const chromium = parts.use(await Chromium.launch(certificate === null ? {} : { trusted: certificate.cert }));
    const host = `events.example:${new URL(sluice.url).port}`;
    const all = parts.move();
    const dispose = async (): Promise<void> => all.disposeAsync();
    return {
      ...{ chromium, site, sluice, receiver, host, scheme, origin: `${scheme}://${host}` },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

function configOf(receiver: Receiver, http: object): object {
  return {
    http,
    network: { allow: ['127.0.0.0/8'] },
    storage: { reserve: '0B' },
    sources: [
      { id: 'web', writeKeys: ['wk_web'] },
      { id: 'closed', enabled: false, writeKeys: ['wk_closed'] },
    ],
    destinations: [{ id: 'hook', sources: ['web', 'closed'], settings: { webhookUrl: receiver.url() } }],
  };
}

/** The bodies of the first `n` webhook requests since `before`, as soon as so many came. */
export async function arrived({ receiver }: Pick<Scene, 'receiver'>, n: number, before = 0): Promise<readonly Event[]> {
  const requests = await receiver.count(before + n);
  return requests.slice(before).map(({ body }) => JSON.parse(body) as Event);
}

/** For a page, before it calls anything: keeps each event as the library made it, in `window.made`. */
export const KEEP_MADE =
  'window.made = []; analytics.addSourceMiddleware(({ payload, next }) => { made.push(payload.obj); next(payload); });';

/** What `KEEP_MADE` kept so far. */
export async function madeIn(page: Page): Promise<readonly Event[]> {
  return page.evaluate<readonly Event[]>('JSON.parse(JSON.stringify(window.made))');
}

/** Type and message id of each, in an order that doesn't depend on how they came. */
export function idsOf(events: readonly Event[]): readonly string[] {
  return events.map(({ type, messageId }) => `${type} ${messageId}`).sort();
}
