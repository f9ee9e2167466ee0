import { z } from 'zod';
import { ERASURE_STATES, PERSON_ID_FIELDS } from '../domain/erasure.ts';
import { personIdCharsMax } from '../domain/limits.ts';
import { defineOperations } from './operation.ts';
import { count, cursor, instant, limit, PAGE, pageOf } from './parts.ts';

const ONE_OF_TWO = 'or `anonymousId` is needed, one of the two';

const id = z
  .string()
  .min(1, 'must not be empty')
  .max(personIdCharsMax, `must have at most ${personIdCharsMax.toLocaleString('en-US')} characters`)
  .exactOptional();

const personIds = {
  userId: id.describe('One of the two names a person. Whichever it is, it is looked for as both.'),
  anonymousId: id.describe('See `userId`.'),
};

type PersonIds = { readonly [Field in (typeof PERSON_ID_FIELDS)[number]]?: string };

function isOne(asked: PersonIds): boolean {
  return PERSON_ID_FIELDS.filter((field) => asked[field] !== undefined).length === 1;
}

function isNone(asked: PersonIds): boolean {
  return PERSON_ID_FIELDS.every((field) => asked[field] === undefined);
}

/** A query names what is missing, a body is wrong as a whole. */
const IN_QUERY = { path: ['userId'], message: ONE_OF_TWO };

export const erasureRequest = z
  .strictObject({
    ...personIds,
    suppress: z.boolean().default(false).describe('Store no more events of this person from now on.'),
    notify: z.boolean().default(false).describe('Tell destinations to delete what they have.'),
  })
  .refine(isOne, `\`userId\` ${ONE_OF_TWO}`)
  .meta({ id: 'ErasureRequest', examples: [{ userId: 'u1', suppress: true }] });

export const erasure = z
  .strictObject({
    id: z.string(),
    state: z.enum(ERASURE_STATES).describe('`notifying`: all is erased here, and destinations are being told.'),
    field: z.enum(PERSON_ID_FIELDS).describe('What the person was named by. The record does not say whom it is about.'),
    suppress: z.boolean(),
    notify: z.boolean(),
    createdAt: instant,
    finishedAt: instant.nullable(),
    found: count.describe('Events.'),
    erased: count.describe('Events.'),
    refusedErased: count.describe('Samples of refused calls.'),
    notified: z
      .strictObject({ delivered: count, failed: count })
      .nullable()
      .describe('How many destinations were told, and how many will not be; null while some wait, or none are told.'),
  })
  .meta({ id: 'Erasure' });

const suppressions = z
  .strictObject({
    count: count.describe('People who are suppressed.'),
    max: count,
    isSuppressed: z.boolean().exactOptional().describe('Of the person who is asked for.'),
  })
  .meta({ id: 'Suppressions' });

const tag = 'Erasures';

export const erasureOperations = defineOperations({
  createErasure: {
    method: 'POST',
    path: '/erasures',
    tag,
    summary: 'Erase what there is of a person',
    role: 'admin',
    body: erasureRequest,
    status: 202,
    answer: erasure,
    errors: ['too_many_erasures', 'too_many_suppressions'],
  },
  listErasures: {
    method: 'GET',
    path: '/erasures',
    tag,
    summary: 'List erasures, newest first',
    description: 'With `userId` or `anonymousId` those of one person.',
    role: 'viewer',
    query: z
      .strictObject({ ...personIds, limit: limit(PAGE), cursor })
      .refine((asked) => isOne(asked) || isNone(asked), IN_QUERY),
    status: 200,
    answer: pageOf(erasure).meta({ id: 'ErasurePage' }),
    errors: [],
  },
  getErasure: {
    method: 'GET',
    path: '/erasures/{id}',
    tag,
    summary: 'Show an erasure and how far it has come',
    role: 'viewer',
    status: 200,
    answer: erasure,
    errors: ['erasure_not_found'],
  },
  getSuppressions: {
    method: 'GET',
    path: '/suppressions',
    tag,
    summary: 'Tell how many people are suppressed, and whether somebody is',
    role: 'viewer',
    query: z.strictObject(personIds).refine((asked) => isOne(asked) || isNone(asked), IN_QUERY),
    status: 200,
    answer: suppressions,
    errors: [],
  },
  deleteSuppression: {
    method: 'DELETE',
    path: '/suppressions',
    tag,
    summary: 'Store events of a person again',
    role: 'admin',
    query: z.strictObject(personIds).refine(isOne, IN_QUERY),
    status: 204,
    answer: null,
    errors: ['suppression_not_found'],
  },
});
