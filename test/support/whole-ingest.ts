import { type Ingest, type IngestParts, makeIngest } from '../../src/pipeline/ingest.ts';
import { makeStoreCall, type StoreCallParts } from '../../src/pipeline/store-call.ts';

/** Both halves of ingest in one thread, as a Sluice without HTTP threads has them. */
export function makeWholeIngest(parts: IngestParts & StoreCallParts): Ingest {
  return makeIngest(makeStoreCall(parts), parts);
}
