import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert } from '../lib/assert.ts';
import { OWN_URL } from './cdn-own-url.ts';

/** The official library for browsers, as pages load it from here. */
export interface BrowserLibrary {
  /** Changes with whatever `scriptFor` makes of a key. */
  readonly fingerprint: string;
  /** The whole script of this write key. It is the same whatever host it is asked of. */
  scriptFor(writeKey: string): string;
  /** What the script loads when it needs it, by file name; the name changes with the content. */
  readonly bundles: ReadonlyMap<string, Buffer>;
}

const BUNDLE = /^[\w.-]+\.bundle\.[0-9a-f]{20}\.js$/;
/** Asked for by developer tools alone, and not served. */
const SOURCE_MAP = /\n?\/\/# sourceMappingURL=\S+\s*$/;
const WRITE_KEY = '"__WRITE_KEY__"';

/**
 * Every place of the script that has somebody else's host in it, and what stands there instead. All else is as it was
 * published. `sluiceCdn` is where the script was loaded from (`OWN_URL`).
 */
const OWN_HOSTS: readonly (readonly [found: RegExp, instead: string])[] = [
  // What the library goes by, wherever it was decided; without it, it would search the page for scripts from https.
  [/(?<=\bvar )\w+(?=,(?:\w+=\w+\(\d+\),){2}\w+=\/\(https:)/, '$&=sluiceCdn'],
  // What it falls back to: settings, bundles, the classic library.
  [/\|\|"https:\/\/cdn\.segment\.com"/, '||sluiceCdn'],
  [/"https:\/\/cdn\.segment\.com\/analytics-next\/bundles\/"/, 'sluiceCdn+"/analytics-next/bundles/"'],
  [/"https:\/\/cdn\.segment\.com\/analytics\.js\/v1\/"/, 'sluiceCdn.concat("/analytics.js/v1/")'],
  // Events without settings, and errors of the library, which it reports before it has any.
  [/"api\.segment\.io\/v1"/, 'sluiceCdn.replace(/^https?:\\/\\//,"")+"/v1"'],
  // Reports of errors go by HTTPS unless the page says otherwise, even where the settings do.
  [
    /(?<=\bthis\.protocol=null!==\(\w+=null==\w+\?void 0:\w+\.protocol\)&&void 0!==\w+\?\w+:)"https"/,
    '/^http:/i.test(sluiceCdn)?"http":"https"',
  ],
  // It takes a blocked request to Segment for its own, and would load the classic library from the first such script.
  [/\w+\.blockedURI\.includes\("cdn\.segment"\)/, '!1'],
  // For browsers from before 2017, from a host that nobody who runs this has chosen. They send nothing.
  [/"https:\/\/cdnjs\.cloudflare\.com\/[\w./-]+"/, 'sluiceCdn+"/analytics-next/bundles/polyfill.min.js"'],
];

/** Reads the library from its package: at the start, so that one which isn't as it should be is found there. */
export function readBrowserLibrary(): BrowserLibrary {
  const folder = fileURLToPath(new URL('.', import.meta.resolve('@segment/analytics-next/package.json')));
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const umd = join(folder, 'dist/umd');
  const read = (name: string): string => readFileSync(join(umd, name), 'utf8').replace(SOURCE_MAP, '');
  const script = wrapped(withOwnHosts(read('standalone.js')), version);
  const [before, after, ...more] = script.split(WRITE_KEY);
  assert(
    before !== undefined && after !== undefined && more.length === 0,
    'the script has one place for the write key',
  );
  return {
    fingerprint: createHash('sha256').update(script).digest('base64url'),
    scriptFor: (writeKey) => before + quoted(writeKey) + after,
    bundles: new Map(
      readdirSync(umd)
        .filter((name) => BUNDLE.test(name))
        .map((name) => [name, Buffer.from(read(name))]),
    ),
  };
}

/** @throws AssertionError when a place is not there exactly once: another version needs another look */
function withOwnHosts(published: string): string {
  return OWN_HOSTS.reduce((script, [found, instead]) => {
    const { length } = script.match(new RegExp(found, 'g')) ?? [];
    assert(length === 1, `the browser library has ${found.source} once, and not ${length} times`);
    return script.replace(found, instead);
  }, published);
}

/** Its licence asks for the notice. */
function wrapped(script: string, version: string): string {
  const notice = `/*! @segment/analytics-next ${version}, Copyright (c) 2021 Segment, MIT License. Served by Sluice, which put its own host for those in it. */`;
  return `${notice}\n!function(){var sluiceCdn=${OWN_URL};\n${script}\n}();\n`;
}

/** A literal that is the same text in a script, also in one that somebody puts into a page. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('<', '\\u003c');
}
