import { createRequire } from 'node:module';

const { max, min } = createRequire(import.meta.url)('@segment/snippet') as Record<
  'max' | 'min',
  (options: { readonly apiKey: string; readonly page: boolean }) => string
>;

export interface SnippetOptions {
  readonly writeKey: string;
  /** Where the script comes from instead of Segment's CDN, scheme included. */
  readonly origin: string;
  /** As an expression of the page's language. */
  readonly loadOptions?: string;
  /** The one for reading instead of the one that pages have. */
  readonly isReadable?: boolean;
}

/**
 * The snippet that Segment publishes for pages (npm `@segment/snippet`), as a user has it who changed the host in it
 * and nothing else.
 */
export function segmentSnippet({ writeKey, origin, loadOptions, isReadable = false }: SnippetOptions): string {
  const published = (isReadable ? max : min)({ apiKey: writeKey, page: false });
  const load = `analytics.load("${writeKey}"`;
  return replacedOnce(
    replacedOnce(published, 'https://cdn.segment.com', origin),
    load,
    loadOptions === undefined ? load : `${load}, ${loadOptions}`,
  );
}

function replacedOnce(text: string, found: string, instead: string): string {
  const parts = text.split(found);
  if (parts.length !== 2) throw new Error(`the snippet has ${found} ${parts.length - 1} times, and not once`);
  return parts.join(instead);
}
