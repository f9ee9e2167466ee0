import type { erasure as shownErasure, erasureOperations } from '../contract/erasures.ts';
import type { Shown } from '../contract/operation.ts';
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
import { assert } from '../lib/assert.ts';
import type { ErasureStore } from '../ports/erasure-store.ts';
import type { HandlersOf } from './handlers.ts';
import { invalidCursor } from './parameters.ts';

export interface ErasureRouteParts {
  readonly erasures: Pick<ErasureStore, 'reserve' | 'get' | 'list' | 'suppressed' | 'unsuppress'> & {
    /** See `Eraser.ask`. */
    ask(request: ErasureRequest, number: number): Promise<Erasure>;
  };
}

/** Erasing people, and who is suppressed. */
export function erasureHandlers({ erasures }: ErasureRouteParts): HandlersOf<typeof erasureOperations> {
  const { suppressed } = erasures;
  return {
    createErasure: async ({ body: { suppress, notify, ...ids } }, { noted }) => {
      const request = { ...onePersonIn(ids), suppress, notify };
      const number = erasures.reserve(request);
      const action = { action: 'erasure.create', subject: erasureIdOf(number), after: { suppress, notify } } as const;
      return shown(await noted(action, async () => erasures.ask(request, number)));
    },
    listErasures: async ({ query: { limit, cursor, ...ids } }) => {
      const named = personIn(ids);
      const person = named === null ? {} : { person: named.person };
      const before = cursor === undefined ? {} : { before: cursorIn(cursor) };
      const found = await erasures.list({ ...person, ...before, max: limit + 1 });
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const next = found.length > limit && last !== undefined ? erasureIdOf(last.number) : null;
      return { data: page.map(shown), next };
    },
    getErasure: async ({ params: { id } }) => {
      const number = erasureNumberOf(id);
      const erasure = number === null ? null : await erasures.get(number);
      if (erasure === null) throw new SluiceError('erasure_not_found', { id: id.slice(0, 64) });
      return shown(erasure);
    },
    getSuppressions: ({ query }) => {
      const named = personIn(query);
      const { count } = suppressed;
      if (named === null) return { count, max: suppressedMax };
      return { count, max: suppressedMax, isSuppressed: suppressed.has(named.person) };
    },
    deleteSuppression: async ({ query }, { noted }) => {
      const { person } = onePersonIn(query);
      if (!suppressed.has(person)) throw new SluiceError('suppression_not_found');
      // Whose it was is nobody's to read afterwards.
      await noted({ action: 'suppression.delete', subject: 'suppressions' }, async () => erasures.unsuppress(person));
      return null;
    },
  };
}

type Person = Pick<ErasureRequest, 'field' | 'person'>;
type PersonIds = { readonly [Field in PersonIdField]?: string };

/** Whoever is named by the one id that is given, or null. */
function personIn(ids: PersonIds): Person | null {
  for (const field of PERSON_ID_FIELDS) {
    const id = ids[field];
    if (id !== undefined) return { field, person: id.toWellFormed() };
  }
  return null;
}

function onePersonIn(ids: PersonIds): Person {
  const person = personIn(ids);
  assert(person !== null, 'the schema asks for one');
  return person;
}

function cursorIn(text: string): number {
  const number = erasureNumberOf(text);
  if (number === null) throw invalidCursor();
  return number;
}

function shown(erasure: Erasure): Shown<typeof shownErasure> {
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
