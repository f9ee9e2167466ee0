import { z } from 'zod';
import { nameCharsMax, writeKeyCharsMax, writeKeysMax } from '../domain/limits.ts';
import { CONNECTION_MODES, SOURCE_KINDS } from '../domain/source.ts';
import { enabled, id, listOf, name } from './schema-parts.ts';

/** A write key alone. */
export const writeKey = z
  .string()
  .regex(
    new RegExp(`^[\\x21-\\x39\\x3b-\\x7e]{1,${writeKeyCharsMax}}$`),
    `must be 1 to ${writeKeyCharsMax} visible ASCII characters, without spaces and \`:\``,
  );

/** What people call a write key. */
export const writeKeyName = z
  .string()
  .min(1, 'must not be empty; leave it out for a key without a name')
  .max(nameCharsMax, `must have at most ${nameCharsMax} characters`);

const namedKey = z.strictObject({
  key: writeKey.describe('The key.'),
  name: writeKeyName.optional().describe('What people call it, such as who has it.'),
});

/** A source as file and management API say it. What holds between sources is checked elsewhere. */
export const sourceSchema = z.strictObject({
  id: id.describe('What destinations call it, and what events carry as `source`. Unique among sources.'),
  name: name
    .optional()
    .describe('What people call it, unique among sources, upper and lower case alike. Without it: the id.'),
  enabled: enabled.describe('Whether its calls are accepted.'),
  writeKeys: listOf(z.union([writeKey, namedKey], 'must be a text, or a mapping with `key` and `name`'), {
    min: 1,
    max: writeKeysMax,
  }).describe(
    'The keys that calls of this source carry, each a text, or a mapping where it has a name. Each belongs to one source. Several let you change one at ease.',
  ),
  kind: z
    .enum(SOURCE_KINDS)
    .optional()
    .describe(
      'What sends. It decides which libraries are shown for it; and of `web` and `mobile` the address and the user agent are filled in whatever route a library uses, since the peer is a user.',
    ),
  connectionMode: z
    .enum(CONNECTION_MODES)
    .default('cloud')
    .describe("How its events reach destinations. Segment's device mode does not exist for webhooks."),
});

/** A source as it was said, defaults filled in. */
export type SaidSource = z.output<typeof sourceSchema>;
/** A source in the terms of the file. */
export type SourceForm = z.input<typeof sourceSchema>;
