import { z } from 'zod';
import { writeKeyCharsMax } from '../domain/limits.ts';
import { CONNECTION_MODES, SOURCE_KINDS } from '../domain/source.ts';
import { enabled, id, listOf, name } from './schema-parts.ts';

const writeKey = z
  .string()
  .regex(
    new RegExp(`^[\\x21-\\x39\\x3b-\\x7e]{1,${writeKeyCharsMax}}$`),
    `must be 1 to ${writeKeyCharsMax} visible ASCII characters, without spaces and \`:\``,
  );

/** A source as file and management API say it. What holds between sources is checked elsewhere. */
export const sourceSchema = z.strictObject({
  id: id.describe('What destinations call it, and what events carry as `source`. Unique among sources.'),
  name: name.optional().describe('What people call it. Without it: the id.'),
  enabled: enabled.describe('Whether its calls are accepted.'),
  writeKeys: listOf(writeKey, { min: 1, max: 100 }).describe(
    'The keys that calls of this source carry. Each belongs to one source. Several let you change one at ease.',
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
