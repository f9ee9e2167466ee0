import { createHash, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** Every name that exists for the browser, all of them this machine. Any other is not found. */
const NAMES = ['shop.example', 'events.example'];

export interface ChromiumOptions {
  /** A certificate, as PEM, that it takes for any name. Otherwise only those that the machine trusts. */
  readonly trusted?: string;
}

/** A real Chromium, Debian's package, for which no other host than this machine exists. It ends with this process at the latest. */
export class Chromium implements AsyncDisposable {
  readonly #browser: Browser;
  /** Holds its log of the network. */
  readonly #folder: string;

  /** @throws Error when there is none on the PATH */
  static async launch({ trusted }: ChromiumOptions = {}): Promise<Chromium> {
    const executablePath = programOnPath('chromium');
    const folder = await mkdtemp(join(tmpdir(), 'sluice-chromium-'));
    const rules = [...NAMES.map((name) => `MAP ${name} 127.0.0.1`), 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'];
    const args = [`--host-resolver-rules=${rules.join(', ')}`, `--log-net-log=${join(folder, LOG)}`];
    if (trusted !== undefined) args.push(`--ignore-certificate-errors-spki-list=${keyHashOf(trusted)}`);
    try {
      // As root it refuses to run in its sandbox.
      const chromiumSandbox = process.getuid?.() !== 0;
      return new Chromium(await chromium.launch({ executablePath, chromiumSandbox, args }), folder);
    } catch (error) {
      await rm(folder, { recursive: true });
      throw error;
    }
  }

  private constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.#folder = folder;
  }

  /** An empty page of a new user, without cookies, storage and cache. */
  async open(): Promise<Tab> {
    const context = await this.#browser.newContext();
    context.setDefaultTimeout(WAIT_MS);
    return new Tab(context, await context.newPage());
  }

  /**
   * Ends it, and resolves to the origins that its pages asked for anything since it was launched, each once, by the
   * log that the browser itself keeps of the network: preflights are in it, and what a page sent while it was left.
   * What the browser asks for of its own accord, such as updates, is not.
   */
  async end(): Promise<readonly string[]> {
    await this.#browser.close();
    return originsIn(JSON.parse(await readFile(join(this.#folder, LOG), 'utf8')) as NetLog);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A page of one user, and what was asked for and complained about on its behalf. */
export class Tab implements AsyncDisposable {
  readonly page: Page;
  /** URLs of all requests of this user's pages, frames and workers, answered or not, in order. */
  readonly asked: string[] = [];
  /** What was thrown in a page and caught by nobody. */
  readonly uncaught: string[] = [];
  /** Errors and warnings of the console, the browser's own included: one for each request that failed. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;

  constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    context.on('request', (request) => this.asked.push(request.url()));
    context.on('weberror', (error) => this.uncaught.push(String(error.error())));
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
  }

  /**
   * Resolves when something that begins so was asked for. The browser tells of a request when it finds the time, which
   * may be after it was answered.
   */
  async asks(beginning: string): Promise<void> {
    if (this.asked.some((url) => url.startsWith(beginning))) return;
    await this.#context.waitForEvent('request', (request) => request.url().startsWith(beginning));
  }

  /** The origins of all that was asked for so far, each once. */
  get origins(): readonly string[] {
    return originsOf(this.asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}

const LOG = 'network.json';
/** For what a page should do. */
const WAIT_MS = 10_000;

/** As much of Chromium's NetLog as is looked at. */
interface NetLog {
  readonly constants: { readonly logEventTypes: Readonly<Record<string, number>> };
  readonly events: readonly {
    readonly type: number;
    /** `initiator` is the origin of the page, `null` for a page without one, or a sentence where there is no page. */
    readonly params?: { readonly url?: string; readonly initiator?: string };
  }[];
}

function originsIn({ constants, events }: NetLog): readonly string[] {
  const started = constants.logEventTypes.URL_REQUEST_START_JOB;
  if (started === undefined) throw new Error('this Chromium names the start of a request otherwise in its NetLog');
  const ofPages = events.filter(({ type, params }) => type === started && params?.initiator !== 'not an origin');
  return originsOf(ofPages.flatMap(({ params }) => params?.url ?? []));
}

function originsOf(urls: readonly string[]): readonly string[] {
  return [...new Set(urls.map((url) => new URL(url).origin))].sort();
}

function programOnPath(name: string): string {
  const folder = (process.env.PATH ?? '').split(delimiter).find((each) => existsSync(join(each, name)));
  if (folder === undefined) throw new Error(`there is no ${name} on the PATH; on Debian: apt-get install ${name}`);
  return join(folder, name);
}

/** As Chromium's flag has it: SHA-256 of the public key, in base64. */
function keyHashOf(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}
