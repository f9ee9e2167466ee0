import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  type Erasure,
  type ErasureRequest,
  erasureIdOf,
  erasureNumberOf,
  PERSON_ID_FIELDS,
  type PersonIdField,
} from '../domain/erasure.ts';
import { SluiceError } from '../domain/errors.ts';
import { suppressedMax } from '../domain/limits.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { ErasureStore } from '../ports/erasure-store.ts';
import { invalidBody, jsonBodyOf } from './json-body.ts';
import { invalid, invalidCursor, limitIn, parametersOf } from './parameters.ts';

export interface ErasureRouteParts {
  readonly erasures: Pick<ErasureStore, 'get' | 'list' | 'suppressed' | 'unsuppress'> & {
    /** See `Eraser.ask`. */
    ask(request: ErasureRequest): Promise<Erasure>;
  };
}

const PAGE = { most: 200, otherwise: 50 };
const ID_CHARS_MAX = 1_000;

const id = z
  .string('must be a text')
  .min(1, 'must not be empty')
  .max(ID_CHARS_MAX, 'must have at most 1,000 characters')
  .optional();
const requestSchema = z.strictObject({
  userId: id,
  anonymousId: id,
  suppress: z.boolean('must be true or false').optional(),
  notify: z.boolean('must be true or false').optional(),
});

/** Erasing people, and who is suppressed. */
export function registerErasures(api: FastifyInstance, { erasures }: ErasureRouteParts): void {
  api.post('/erasures', async (request, reply) => {
    parametersOf(request, []);
    const asked = requestOf(await jsonBodyOf(request.raw, requestSchema));
    return reply.code(202).send(shown(await erasures.ask(asked)));
  });
  api.get('/erasures', async (request, reply) => {
    const { limit, cursor, ...ids } = parametersOf(request, [...PERSON_ID_FIELDS, 'limit', 'cursor']);
    const max = limitIn(limit, PAGE);
    const person = Object.keys(ids).length === 0 ? {} : { person: personIn(ids).person };
    const before = cursor === undefined ? {} : { before: cursorIn(cursor) };
    const found = await erasures.list({ ...person, ...before, max: max + 1 });
    const page = found.slice(0, max);
    const last = page.at(-1);
    const next = found.length > max && last !== undefined ? erasureIdOf(last.number) : null;
    return reply.send({ data: page.map(shown), next });
  });
  api.get('/erasures/:id', async (request, reply) => {
    const { id } = request.params as { readonly id: string };
    const number = erasureNumberOf(id);
    const erasure = number === null ? null : await erasures.get(number);
    if (erasure === null) throw new SluiceError('erasure_not_found', { id: id.slice(0, 64) });
    return reply.send(shown(erasure));
  });
  api.get('/suppressions', async (request, reply) => {
    const ids = parametersOf(request, PERSON_ID_FIELDS);
    const { suppressed } = erasures;
    const { count } = suppressed;
    if (Object.keys(ids).length === 0) return reply.send({ count, max: suppressedMax });
    return reply.send({ count, max: suppressedMax, isSuppressed: suppressed.has(personIn(ids).person) });
  });
  api.delete('/suppressions', async (request, reply) => {
    const { person } = personIn(parametersOf(request, PERSON_ID_FIELDS));
    if (!(await erasures.unsuppress(person))) throw new SluiceError('suppression_not_found');
    return reply.code(204).send();
  });
}

function requestOf({ suppress = false, notify = false, ...ids }: z.output<typeof requestSchema>): ErasureRequest {
  const person = PERSON_ID_FIELDS.filter((name) => ids[name] !== undefined);
  if (person.length !== 1) throw invalidBody([{ path: '', message: `\`userId\` ${ONE_OF_TWO}` }]);
  return { ...personIn(ids), suppress, notify };
}

const ONE_OF_TWO = 'or `anonymousId` is needed, one of the two';

/** One person, by one of its ids. */
function personIn(ids: {
  readonly [Field in PersonIdField]?: string | undefined;
}): Pick<ErasureRequest, 'field' | 'person'> {
  const [field, other] = PERSON_ID_FIELDS.filter((name) => ids[name] !== undefined);
  const person = field === undefined ? undefined : ids[field];
  if (field === undefined || person === undefined || other !== undefined) throw invalid('userId', ONE_OF_TWO);
  if (person === '') throw invalid(field, 'must not be empty');
  return { field, person: person.toWellFormed() };
}

function cursorIn(text: string): number {
  const number = erasureNumberOf(text);
  if (number === null) throw invalidCursor();
  return number;
}

function shown(erasure: Erasure) {
  const { number, field, suppress, notify, state, atMs, finishedAtMs, found, erased, refused, notified } = erasure;
  return {
    id: erasureIdOf(number),
    state,
    field,
    suppress,
    notify,
    createdAt: isoOf(atMs),
    finishedAt: finishedAtMs === null ? null : isoOf(finishedAtMs),
    found,
    erased,
    refusedErased: refused,
    notified,
  };
}
