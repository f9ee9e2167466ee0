import { z } from 'zod';
import { ORIGINS } from '../domain/origin.ts';
import { CONNECTION_MODES, SOURCE_KINDS } from '../domain/source.ts';
import { defineOperations, type Shown } from './operation.ts';
import { answeredDryRun, cursor, dryRun, limit, PAGE, pageOf } from './parts.ts';
import { sourceSchema, writeKey, writeKeyName } from './source-schema.ts';

export const origin = z
  .enum(ORIGINS)
  .describe('`file`: the configuration file says what it is, and alone changes it. `api`: operators do.');

export const source = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    writeKeys: z.array(z.string()).describe('The keys that its calls carry; what they are called is at `/write-keys`.'),
    kind: z.enum(SOURCE_KINDS).nullable(),
    connectionMode: z.enum(CONNECTION_MODES),
    origin,
  })
  .meta({ id: 'Source' });
export type ShownSource = Shown<typeof source>;

export const sourceWriteKey = z
  .strictObject({ key: z.string(), name: z.string().nullable().describe('What people call it; null for nothing.') })
  .meta({ id: 'WriteKey' });

const newSource = sourceSchema
  .omit({ id: true })
  .extend({ writeKeys: sourceSchema.shape.writeKeys.optional().describe('Without them one is made.') })
  .meta({ id: 'NewSource' });

export const sourceToll = z
  .strictObject({
    dryRun: answeredDryRun,
    writeKeys: z.number().describe('Calls that carry one of these keys are refused afterwards.'),
    destinations: z
      .array(
        z.strictObject({
          id: z.string(),
          isLeftWithout: z.boolean().describe('It has no other source, and gets nothing until it is given one.'),
          waiting: z
            .number()
            .nullable()
            .describe(
              'Events that wait there, of whatever source; those of this one that were not attempted yet are not sent. Null when it is not known now.',
            ),
        }),
      )
      .describe('Destinations that lose it.'),
  })
  .meta({ id: 'SourceToll' });

const tag = 'Sources';
const page = z.strictObject({ limit: limit(PAGE), cursor });
const changed = ['source_not_found', 'declared_in_file', 'version_conflict'] as const;

export const sourceOperations = defineOperations({
  listSources: {
    method: 'GET',
    path: '/sources',
    tag,
    summary: 'List sources, in the order in which they were made',
    role: 'viewer',
    query: page,
    status: 200,
    answer: pageOf(source),
    errors: [],
  },
  createSource: {
    method: 'POST',
    path: '/sources',
    tag,
    summary: 'Make a source',
    description: 'Its calls are accepted from the answer on.',
    role: 'admin',
    body: z.unknown(),
    form: newSource,
    status: 201,
    answer: source,
    errors: ['too_many_sources', 'name_taken', 'write_key_taken', 'version_conflict'],
  },
  getSource: {
    method: 'GET',
    path: '/sources/{id}',
    tag,
    summary: 'Show a source',
    role: 'viewer',
    status: 200,
    answer: source,
    errors: ['source_not_found'],
  },
  updateSource: {
    method: 'PATCH',
    path: '/sources/{id}',
    tag,
    summary: 'Change a source',
    description:
      'With the fields that change; `null` takes one back to its default, `writeKeys` is replaced as a whole.',
    role: 'admin',
    body: z.unknown(),
    form: sourceSchema,
    isPatch: true,
    status: 200,
    answer: source,
    errors: [...changed, 'name_taken', 'write_key_taken', 'too_many_write_keys'],
  },
  deleteSource: {
    method: 'DELETE',
    path: '/sources/{id}',
    tag,
    summary: 'Delete a source, or tell what that would take along',
    description:
      'Its calls are refused from then on, and destinations that have it lose it. What it sent stays in the log until its retention is over.',
    role: 'admin',
    query: z.strictObject({ dryRun }),
    status: 200,
    answer: sourceToll,
    errors: changed,
  },
  listWriteKeys: {
    method: 'GET',
    path: '/sources/{id}/write-keys',
    tag,
    summary: "List a source's write keys",
    role: 'viewer',
    status: 200,
    answer: pageOf(sourceWriteKey),
    errors: ['source_not_found'],
  },
  issueWriteKey: {
    method: 'POST',
    path: '/sources/{id}/write-keys',
    tag,
    summary: 'Issue a write key',
    role: 'admin',
    body: z
      .strictObject({
        key: writeKey.optional().describe('Without it one is made.'),
        name: writeKeyName.optional().describe('What people call it, such as who has it.'),
      })
      .prefault({})
      .meta({ id: 'NewWriteKey' }),
    status: 201,
    answer: sourceWriteKey,
    errors: [...changed, 'write_key_taken', 'too_many_write_keys'],
  },
  nameWriteKey: {
    method: 'PATCH',
    path: '/sources/{id}/write-keys/{key}',
    tag,
    summary: 'Call a write key something else',
    role: 'admin',
    body: z.strictObject({ name: writeKeyName.nullable().describe('Null for nothing.') }),
    status: 200,
    answer: sourceWriteKey,
    errors: [...changed, 'write_key_not_found'],
  },
  revokeWriteKey: {
    method: 'DELETE',
    path: '/sources/{id}/write-keys/{key}',
    tag,
    summary: 'Revoke a write key',
    description:
      'Calls that carry it are refused from then on. The last key of a source cannot go: disable the source.',
    role: 'admin',
    status: 204,
    answer: null,
    errors: [...changed, 'write_key_not_found', 'last_write_key'],
  },
});
