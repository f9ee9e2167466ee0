import type { SourceKind } from './source.ts';

/** Where a library is to send, and as whom. */
export interface SetupTarget {
  readonly scheme: 'http' | 'https';
  /** Host name or address, with its port where it isn't the scheme's own; an IPv6 address in brackets. */
  readonly host: string;
  readonly writeKey: string;
}

/** A library of Segment's, and what is written in a program to have it send here: nothing but the host changes. */
export interface Library {
  readonly id: string;
  readonly name: string;
  /** The kind of source that it is shown for. */
  readonly kind: SourceKind;
  /** Of the code, as Markdown names it. */
  readonly language: string;
  /** It refuses plain HTTP, whatever it is told. */
  readonly needsHttps: boolean;
  /** What has to be known besides, in sentences; null for nothing. */
  readonly note: string | null;
  readonly code: (target: SetupTarget) => string;
}

/** Every library with a way to point it elsewhere (protocol section 2.4), those that most start with first. */
export const LIBRARIES: readonly Library[] = [
  {
    ...{ id: 'browser', name: 'Analytics.js (npm)', kind: 'web', language: 'ts', needsHttps: false },
    note: null,
    code: ({ scheme, host, writeKey }) => `import { AnalyticsBrowser } from '@segment/analytics-next';

export const analytics = AnalyticsBrowser.load(
  { writeKey: ${single(writeKey)}, cdnURL: ${single(`${scheme}://${host}`)} },
  { integrations: { 'Segment.io': { apiHost: ${single(`${host}/v1`)}, protocol: ${single(scheme)} } } },
);
analytics.track('Hello');`,
  },
  {
    ...{ id: 'snippet', name: 'Analytics.js (snippet)', kind: 'web', language: 'js', needsHttps: false },
    note: "Segment's snippet, with the line changed that says where its script comes from; the script finds the rest by itself.",
    code: ({ scheme, host, writeKey }) =>
      [
        `t.src = ${double(`${scheme}://${host}/analytics.js/v1/`)} + key + "/analytics.min.js";`,
        '',
        `analytics.load(${double(writeKey)});`,
      ].join('\n'),
  },
  {
    ...{ id: 'node', name: 'Node.js', kind: 'server', language: 'ts', needsHttps: false },
    note: null,
    code: ({ scheme, host, writeKey }) => `import { Analytics } from '@segment/analytics-node';

const analytics = new Analytics({ writeKey: ${single(writeKey)}, host: ${single(`${scheme}://${host}`)} });
analytics.track({ userId: 'u1', event: 'Hello' });`,
  },
  {
    ...{ id: 'python', name: 'Python', kind: 'server', language: 'python', needsHttps: false },
    note: null,
    code: ({ scheme, host, writeKey }) => `import segment.analytics as analytics

analytics.write_key = ${single(writeKey)}
analytics.host = ${single(`${scheme}://${host}`)}
analytics.track('u1', 'Hello')
analytics.flush()`,
  },
  {
    ...{ id: 'go', name: 'Go', kind: 'server', language: 'go', needsHttps: false },
    note: null,
    code: ({ scheme, host, writeKey }) => `client, _ := analytics.NewWithConfig(${double(writeKey)}, analytics.Config{
	Endpoint: ${double(`${scheme}://${host}`)},
})
defer client.Close()
client.Enqueue(analytics.Track{UserId: "u1", Event: "Hello"})`,
  },
  {
    ...{ id: 'java', name: 'Java', kind: 'server', language: 'java', needsHttps: false },
    note: null,
    code: ({ scheme, host, writeKey }) => `Analytics analytics = Analytics.builder(${double(writeKey)})
    .endpoint(${double(`${scheme}://${host}`)})
    .build();
analytics.enqueue(TrackMessage.builder("Hello").userId("u1"));`,
  },
  {
    ...{ id: 'ruby', name: 'Ruby', kind: 'server', language: 'ruby', needsHttps: false },
    note: null,
    code: ({ scheme, host, writeKey }) => `analytics = Segment::Analytics.new(
  write_key: ${single(writeKey)},
  host: ${single(hostNameOf(host))},
  port: ${portOf(scheme, host)},
  ssl: ${scheme === 'https'}
)
analytics.track(user_id: 'u1', event: 'Hello')
analytics.flush`,
  },
  {
    ...{ id: 'php', name: 'PHP', kind: 'server', language: 'php', needsHttps: true },
    note: 'The host stands without its scheme: the library puts `https://` before it.',
    code: ({ host, writeKey }) => `Segment\\Segment::init(${single(writeKey)}, ['host' => ${single(host)}]);
Segment\\Segment::track(['userId' => 'u1', 'event' => 'Hello']);
Segment\\Segment::flush();`,
  },
  {
    ...{ id: 'dotnet', name: '.NET (Analytics.NET)', kind: 'server', language: 'csharp', needsHttps: false },
    note: null,
    code: ({
      scheme,
      host,
      writeKey,
    }) => `Analytics.Initialize(${double(writeKey)}, new Config(host: ${double(`${scheme}://${host}`)}));
Analytics.Client.Track("u1", "Hello");
Analytics.Client.Flush();`,
  },
  {
    ...{ id: 'csharp', name: 'C# and Unity', kind: 'mobile', language: 'csharp', needsHttps: true },
    note: null,
    code: ({ host, writeKey }) => `var configuration = new Configuration(${double(writeKey)},
    apiHost: ${double(`${host}/v1`)},
    cdnHost: ${double(`${host}/v1`)});
var analytics = new Analytics(configuration);
analytics.Track("Hello");`,
  },
  {
    ...{ id: 'swift', name: 'Swift', kind: 'mobile', language: 'swift', needsHttps: true },
    note: null,
    code: ({ host, writeKey }) => `let configuration = Configuration(writeKey: ${double(writeKey)})
    .apiHost(${double(`${host}/v1`)})
    .cdnHost(${double(`${host}/v1`)})
let analytics = Analytics(configuration: configuration)
analytics.track(name: "Hello")`,
  },
  {
    ...{ id: 'kotlin', name: 'Kotlin and Android', kind: 'mobile', language: 'kotlin', needsHttps: true },
    note: null,
    code: ({ host, writeKey }) => `val analytics = Analytics(${dollarSafe(double(writeKey))}, applicationContext) {
    apiHost = ${dollarSafe(double(`${host}/v1`))}
    cdnHost = ${dollarSafe(double(`${host}/v1`))}
}
analytics.track("Hello")`,
  },
  {
    ...{ id: 'react-native', name: 'React Native', kind: 'mobile', language: 'ts', needsHttps: false },
    note: "The host has to be `localhost`, an IPv4 address, or a name with a dot and a top-level domain: any other is ignored in favour of Segment's own.",
    code: ({ scheme, host, writeKey }) => `import { createClient } from '@segment/analytics-react-native';

const client = createClient({
  writeKey: ${single(writeKey)},
  useSegmentEndpoints: true,
  proxy: ${single(`${scheme}://${host}/v1`)},
  cdnProxy: ${single(`${scheme}://${host}/v1`)},
});
client.track('Hello');`,
  },
  {
    ...{ id: 'flutter', name: 'Flutter', kind: 'mobile', language: 'dart', needsHttps: true },
    note: null,
    code: ({ host, writeKey }) => `final analytics = createClient(Configuration(${dollarSafe(single(writeKey))},
    apiHost: ${dollarSafe(single(`${host}/v1`))},
    cdnHost: ${dollarSafe(single(`${host}/v1`))}));
analytics.track('Hello');`,
  },
  {
    ...{ id: 'rust', name: 'Rust', kind: 'server', language: 'rust', needsHttps: false },
    note: null,
    code: ({
      scheme,
      host,
      writeKey,
    }) => `let client = HttpClient::new(reqwest::Client::new(), ${double(`${scheme}://${host}`)}.to_string());
client.send(${double(writeKey)}.to_string(), message).await?;`,
  },
  {
    ...{ id: 'http', name: 'HTTP', kind: 'server', language: 'sh', needsHttps: false },
    note: null,
    code: ({ scheme, host, writeKey }) => `curl -u ${shell(`${writeKey}:`)} ${shell(`${scheme}://${host}/v1/track`)} \\
  -H 'Content-Type: application/json' -d '{"userId":"u1","event":"Hello"}'`,
  },
];

/** In the quotes that leave most alone; backslashes and the quotes themselves are escaped. */
function single(text: string): string {
  return `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
}

function double(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
}

/** For languages in whose strings a dollar sign begins an expression. */
function dollarSafe(literal: string): string {
  return literal.replaceAll('$', String.raw`\$`);
}

function shell(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function hostNameOf(host: string): string {
  return host.replace(/:\d+$/, '');
}

function portOf(scheme: SetupTarget['scheme'], host: string): number {
  const port = /:(\d+)$/.exec(host)?.[1];
  if (port !== undefined) return Number(port);
  return scheme === 'https' ? 443 : 80;
}
