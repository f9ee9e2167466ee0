import type { Destination } from '../domain/destination.ts';
import type { Source } from '../domain/source.ts';
import { DESTINATION_SCHEMA, wholeDestinationFormOf } from './destination-form.ts';
import type { DestinationForm } from './destination-schema.ts';
import { masked } from './masked.ts';
import { wholeSourceFormOf } from './source-form.ts';
import type { SourceForm } from './source-schema.ts';

/** A source as answers show it: in the terms of the file and complete. Write keys may be public, and are shown. */
export function shownSource(source: Source): SourceForm {
  return wholeSourceFormOf(source);
}

/**
 * A destination as answers show it: in the terms of the file and complete, secrets masked. URLs are whole, since who
 * changes a destination has to tell its endpoints apart. Of two secrets it shows one: that there are two is not of the
 * file's form.
 */
export function shownDestination(destination: Destination): DestinationForm {
  return masked(DESTINATION_SCHEMA, wholeDestinationFormOf(destination), { urls: 'whole' }) as DestinationForm;
}
