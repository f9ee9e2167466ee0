/** The file that `serve` looks for when none is named. */
export const DEFAULT_FILE = 'sluice.yaml';

/** The least that does something: shown to whoever has no file yet. */
export const MINIMAL_CONFIG = `sources:
  - id: website
    writeKeys: [choose-a-write-key]
destinations:
  - id: crm
    sources: [website]
    settings:
      webhookUrl: https://example.com/events
`;
