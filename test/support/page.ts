import { createContext, runInContext } from 'node:vm';

export interface PageOptions {
  /** Where the page itself is. */
  readonly url?: string;
  /** The `src` of the script that runs; an empty one stands in the page itself. */
  readonly src: string;
  /** Attributes `data-…` of that script, as its `dataset` has them. */
  readonly dataset?: Readonly<Record<string, string>>;
  /** Scripts that are in the page beside it. */
  readonly otherScripts?: readonly string[];
  /** What the page has set before, such as `analytics`. */
  readonly globals?: Readonly<Record<string, unknown>>;
  /** What the page is given for the URLs that it asks for. */
  readonly fetch: typeof fetch;
  /** Told of each script that the page is to load; none of them comes. */
  readonly onScript?: (url: string) => void;
}

export interface Page {
  /** Every URL that was asked for so far, by `fetch` or as a script, in order. */
  readonly asked: readonly string[];
  readonly window: Readonly<Record<string, unknown>>;
  run(script: string): unknown;
}

/**
 * As much of a browser's page as the library for browsers needs to start and to send: globals, a document that knows
 * its scripts, and no screen. What it doesn't show is how a browser parses, renders and caches.
 */
export function openPage({
  url = 'http://shop.example/',
  src,
  dataset = {},
  otherScripts = [],
  globals = {},
  fetch,
  onScript = () => undefined,
}: PageOptions): Page {
  const asked: string[] = [];
  const script = element('script', { src, dataset });
  const scripts = [script, ...otherScripts.map((other) => element('script', { src: other }))];
  const listeners = { addEventListener: () => undefined, removeEventListener: () => undefined };
  const head = {
    appendChild(child: { readonly src?: string }) {
      asked.push(child.src ?? '');
      onScript(child.src ?? '');
    },
  };
  const document = {
    ...listeners,
    currentScript: script,
    readyState: 'complete',
    title: 'Shop',
    referrer: '',
    cookie: '',
    head,
    body: head,
    documentElement: head,
    createElement: (name: string) => element(name, {}),
    getElementsByTagName: () => [],
    querySelector: () => null,
    querySelectorAll: (selector: string) => (selector === 'script' ? scripts : []),
  };
  const storage = new Map<string, string>();
  const window: Record<string, unknown> = {
    ...listeners,
    ...{ console: { ...console, error: () => undefined, warn: () => undefined } },
    ...{ document, ...timers, URL, URLSearchParams, AbortController },
    ...{ location: new URL(url), navigator: { userAgent: 'Mozilla/5.0 Chrome/141.0', onLine: true, language: 'en' } },
    ...{ btoa, atob, screen: {}, history: {}, crypto },
    localStorage: {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => void storage.set(key, value),
      removeItem: (key: string) => void storage.delete(key),
    },
    fetch: async (input: string, init?: RequestInit) => {
      asked.push(input);
      return fetch(input, init);
    },
    ...globals,
  };
  window.window = window;
  window.self = window;
  const context = createContext(window);
  return { asked, window, run: (text) => runInContext(text, context, { filename: src }) as unknown };
}

/** They end with the test. */
const timers = {
  setTimeout: (run: () => void, ms?: number) => setTimeout(run, ms).unref(),
  setInterval: (run: () => void, ms?: number) => setInterval(run, ms).unref(),
  clearTimeout,
  clearInterval,
};

function element(name: string, properties: Readonly<Record<string, unknown>>) {
  const own: Record<string, unknown> = { dataset: {}, tagName: name.toUpperCase(), ...properties };
  return Object.assign(own, {
    getAttribute: (attribute: string) => own[attribute] ?? null,
    setAttribute(attribute: string, value: string) {
      own[attribute] = value;
    },
  });
}
