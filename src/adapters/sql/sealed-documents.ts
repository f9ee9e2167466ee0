import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { withEachSecret } from '../../domain/destination-secrets.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { SecretBox } from '../../ports/secret-box.ts';
import { emptyWriteAheadLog, explained, inTransaction, openSqliteReadOnly } from './sqlite.ts';

/** What opens the check value, and nothing else. */
const CHECK_CONTEXT = 'workspace/check';

/** A destination as it is kept. */
interface Document {
  readonly id: string;
}

/** The same with its secrets sealed, each for its place. */
export function sealed<T extends Document>(document: T, box: SecretBox): T {
  return withEachSecret(document, (text, path) => box.seal(text, contextOf(document, path)));
}

/**
 * The same in clear.
 *
 * @throws SluiceError `file_corrupt`: its key is known to be the right one, so that what does not open was changed
 */
export function opened<T extends Document>(document: T, box: SecretBox, file: string): T {
  return withEachSecret(document, (text, path) => {
    const context = contextOf(document, path);
    try {
      return box.open(text, context);
    } catch (error) {
      throw new SluiceError('file_corrupt', { file, reason: `${context} is not as it was sealed` }, error);
    }
  });
}

export interface Boxes {
  readonly box: SecretBox;
  /** What secrets were sealed with before, where the key is being changed. */
  readonly previousBox: SecretBox | null;
}

/**
 * Has every document of a workspace sealed with `box`, and nothing in the file of what it was before:
 *
 *     clear ──sealed in one transaction──▶ sealed, not clean ──written anew──▶ sealed, clean
 *                                             ▲                                     │
 *                                             └──another key, in one transaction────┘
 *
 * A process that ends in between leaves one of these states, and the next one goes on from it. Changes nothing where
 * the key is wrong.
 *
 * @throws SluiceError `secrets_key_wrong`
 */
export function sealDocuments(db: DatabaseSync, file: string, { box, previousBox }: Boxes): void {
  const check = checkValueIn(db);
  if (check === null) {
    inTransaction(db, () => {
      seal(db, (document) => sealed(document, box));
      const isNew = (db.prepare('select version from workspace').get() as { version: number }).version === 0;
      db.prepare('insert into seal values (1, ?, ?)').run(box.seal('', CHECK_CONTEXT), isNew ? 1 : 0);
    });
  } else if (previousBox !== null && !opens(box, check)) {
    checkKey(previousBox, check);
    inTransaction(db, () => {
      seal(db, (document) => sealed(opened(document, previousBox, file), box));
      db.prepare('update seal set check_value = ?, is_clean = 0').run(box.seal('', CHECK_CONTEXT));
    });
  } else checkKey(box, check);
}

/**
 * Writes the file anew where something of before may still be in it: in free pages, and in its write-ahead log. Where
 * another program reads it, such as a backup, that is left to the next call.
 */
export function cleanDocuments(db: DatabaseSync): void {
  const { is_clean: isClean } = db.prepare('select is_clean from seal').get() as { is_clean: number };
  if (isClean === 1) return;
  db.exec('vacuum');
  try {
    emptyWriteAheadLog(db);
  } catch (error) {
    if (error instanceof SluiceError && error.code === 'file_pinned') return;
    throw error;
  }
  db.exec('update seal set is_clean = 1');
}

/** @throws SluiceError `secrets_key_wrong` when the secrets were sealed with another key than this check value */
export function checkKey(box: SecretBox, checkValue: string): void {
  box.open(checkValue, CHECK_CONTEXT);
}

/** Whether this is the key that the secrets were sealed with. */
export function opens(box: SecretBox, checkValue: string): boolean {
  try {
    checkKey(box, checkValue);
    return true;
  } catch {
    return false;
  }
}

/**
 * What tells whether a key is the one that the secrets in a workspace's file were sealed with, by a connection that
 * writes nothing; null where nothing is sealed, or nothing is there.
 *
 * @param open how: a file that nobody else has may be opened so that nothing appears beside it
 * @throws SluiceError `folder_not_writable`, `file_corrupt`, `files_exhausted`
 */
export function checkValueOf(file: string, open = openSqliteReadOnly): string | null {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return null;
  const db = open(file);
  try {
    return explained(file, () => {
      const isKnown = db.prepare("select 1 from sqlite_schema where name = 'seal'").get() !== undefined;
      return isKnown ? checkValueIn(db) : null;
    });
  } finally {
    db.close();
  }
}

/** Null where nothing is sealed. */
export function checkValueIn(db: DatabaseSync): string | null {
  const row = db.prepare('select check_value from seal').get() as { readonly check_value: string } | undefined;
  return row?.check_value ?? null;
}

function contextOf({ id }: Document, path: string): string {
  return `destination/${id}/${path}`;
}

function seal(db: DatabaseSync, anew: (document: Document) => Document): void {
  const update = db.prepare('update destination set document = ? where number = ?');
  const rows = db.prepare('select number, document from destination').all() as unknown as readonly {
    readonly number: number;
    readonly document: string;
  }[];
  for (const { number, document } of rows) {
    update.run(JSON.stringify(anew(JSON.parse(document) as Document)), number);
  }
}
