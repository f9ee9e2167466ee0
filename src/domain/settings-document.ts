/** Where Segment libraries are told to send to. */
export interface SettingsAddress {
  readonly scheme: 'http' | 'https';
  /** A name or an address, a port where one is needed, and the path in front of Sluice's own where there is one. */
  readonly host: string;
}

/**
 * What a Segment library asks for at its start: the one document that satisfies all of them (protocol section 2.2).
 *
 * - The one integration has its key, or browsers drop what the page says of it and phones refuse the document, and is
 *   the only one, or browsers load code for those of old (section 2.3).
 * - `apiHost` has no scheme. Browsers take HTTPS unless they are told `protocol`; phones take HTTPS whatever they are told.
 * - No measurements of themselves: without a rate of 0, browsers and phones send them to Segment (section 1.9). Whoever
 *   ignores the rate sends them here.
 * - Every object that a strict decoder dereferences is there, and there is no `consentSettings`, whose presence alone
 *   makes a library wait for consent.
 */
export function settingsDocument(writeKey: string, { scheme, host }: SettingsAddress): object {
  const apiHost = `${host}/v1`;
  return {
    integrations: {
      'Segment.io': {
        apiKey: writeKey,
        apiHost,
        ...(scheme === 'http' ? { protocol: 'http' } : {}),
        retryQueue: true,
        addBundledMetadata: true,
        unbundledIntegrations: [],
        maybeBundledConfigIds: {},
        versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
      },
    },
    plan: {},
    edgeFunction: {},
    middlewareSettings: { routingRules: [] },
    enabledMiddleware: {},
    metrics: { sampleRate: 0, host: apiHost },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
    autoInstrumentationSettings: { sampleRate: 0 },
  };
}
