import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { NewAuditEntry } from '../../domain/audit.ts';
import type { Destination } from '../../domain/destination.ts';
import { maskedDestination } from '../../domain/destination-secrets.ts';
import { SluiceError } from '../../domain/errors.ts';
import { auditEntriesMax } from '../../domain/limits.ts';
import type { Source } from '../../domain/source.ts';
import { makeWorkspace, type Workspace } from '../../domain/workspace.ts';
import { assert } from '../../lib/assert.ts';
import type { SecretBox } from '../../ports/secret-box.ts';
import type { WorkspaceChange, WorkspaceStore } from '../../ports/workspace-store.ts';
import { makeAuditWriter } from './audit-rows.ts';
import { checkKey, checkValueIn, cleanDocuments, opened, sealDocuments, sealed } from './sealed-documents.ts';
import { checkNewest, explained, inTransaction, openSqlite, openSqliteReadOnly, overwriteDeleted } from './sqlite.ts';

export interface WorkspaceStoreOptions {
  readonly file: string;
  /** Seals the secrets of destinations in the file. */
  readonly box: SecretBox;
  /** What they were sealed with before, where the key is being changed: they are sealed anew. */
  readonly previousBox?: SecretBox | null;
  /** See `AuditTrail`. */
  readonly auditMax?: number;
}

/**
 * Opens the workspace in one SQLite file, or in memory for `:memory:`. A commit survives a power cut. Documents that an
 * older version wrote in clear are sealed first.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`; a commit
 *   and a refresh likewise. `secrets_key_wrong`, with nothing changed
 */
export function openSqliteWorkspaceStore(options: WorkspaceStoreOptions): WorkspaceStore {
  const { file, box, previousBox = null } = options;
  const db = openSqlite(file, { synchronous: 'full', kind: 'workspace' });
  try {
    return explained(file, () => {
      overwriteDeleted(db);
      sealDocuments(db, file, { box, previousBox });
      cleanDocuments(db);
      return new SqliteWorkspaceStore(db, options);
    });
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * The workspace in a file as it is now, whether a Sluice runs on it or not; null where there is none yet. Writes
 * nothing.
 *
 * @param box with the key that secrets were sealed with; null where nothing is sealed
 * @throws SluiceError `folder_too_old`, `folder_too_new`, `folder_not_writable`, `file_corrupt`, `files_exhausted`,
 *   `secrets_key_wrong`
 */
export function readSqliteWorkspace(file: string, box: SecretBox | null): Workspace | null {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return null;
  const db = openSqliteReadOnly(file);
  try {
    return explained(file, () => {
      // What is read is of one moment.
      db.exec('begin');
      checkNewest(db, file, 'workspace');
      const check = checkValueIn(db);
      if (check !== null && box !== null) checkKey(box, check);
      return workspaceIn(prepare(db), (row) => destinationOf(row, check === null ? null : box, file));
    });
  } finally {
    db.close();
  }
}

class SqliteWorkspaceStore implements WorkspaceStore {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #box: SecretBox;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #note: ReturnType<typeof makeAuditWriter>;
  readonly #watchers = new Set<(workspace: Workspace) => void>();
  /** Destinations by their documents, so that a change of one has no other opened again. */
  #opened: ReadonlyMap<string, Destination> = new Map();
  #current: Workspace;
  /** The versions to be announced, oldest first; the first one is being announced. */
  readonly #news: Workspace[] = [];

  constructor(db: DatabaseSync, { file, box, auditMax = auditEntriesMax }: WorkspaceStoreOptions) {
    this.#db = db;
    this.#file = file;
    this.#box = box;
    this.#sql = prepare(db);
    this.#note = makeAuditWriter(db, auditMax);
    this.#current = this.#read();
  }

  current(): Workspace {
    return this.#current;
  }

  async commit(change: WorkspaceChange, ifVersion: number, by: string, atMs: number): Promise<Workspace> {
    const isWritten = explained(this.#file, () =>
      inTransaction(this.#db, () => {
        if (this.#version() !== ifVersion) return false;
        this.#apply(change, { by, atMs, version: ifVersion + 1 });
        this.#sql.setVersion.run(ifVersion + 1);
        return true;
      }),
    );
    // Also after a refusal: who reads again must find the version that stood in the way.
    this.#catchUp();
    if (!isWritten) throw new SluiceError('version_conflict');
    return Promise.resolve(this.#current);
  }

  watch(onChange: (workspace: Workspace) => void): () => void {
    // A function of its own, so that one that watches twice is told twice, and stops as often.
    const watcher = (workspace: Workspace): void => {
      onChange(workspace);
    };
    this.#watchers.add(watcher);
    return () => {
      this.#watchers.delete(watcher);
    };
  }

  async refresh(): Promise<Workspace> {
    this.#catchUp();
    return Promise.resolve(this.#current);
  }

  async close(): Promise<void> {
    if (!this.#db.isOpen) return Promise.resolve();
    // A backup that was made at the start has ended by now.
    cleanDocuments(this.#db);
    this.#db.close();
    return Promise.resolve();
  }

  #apply(change: WorkspaceChange, made: Pick<NewAuditEntry, 'by' | 'atMs' | 'version'>): void {
    const { putSources = [], deleteSources = [], putDestinations = [], deleteDestinations = [] } = change;
    const { source, destination } = this.#sql;
    for (const id of deleteSources) this.#delete(source, 'source', id, made);
    for (const id of deleteDestinations) this.#delete(destination, 'destination', id, made);
    for (const each of putSources) this.#put(source, 'source', { shown: each, kept: each }, made);
    for (const each of putDestinations) {
      this.#put(destination, 'destination', { shown: maskedDestination(each), kept: sealed(each, this.#box) }, made);
    }
  }

  #delete(table: Table, noun: Noun, id: string, made: Pick<NewAuditEntry, 'by' | 'atMs' | 'version'>): void {
    const before = this.#shown(table, noun, id);
    if (before === null) return;
    table.delete.run(id);
    this.#note({ ...made, action: `${noun}.delete`, subject: id, before, after: null });
  }

  #put(
    table: Table,
    noun: Noun,
    { shown, kept }: Readonly<Record<'shown' | 'kept', Source | Destination>>,
    made: Pick<NewAuditEntry, 'by' | 'atMs' | 'version'>,
  ): void {
    const { id } = kept;
    const before = this.#shown(table, noun, id);
    table.put.run(id, JSON.stringify(kept));
    const action = `${noun}.${before === null ? 'create' : 'update'}` as const;
    this.#note({ ...made, action, subject: id, before, after: JSON.stringify(shown) });
  }

  /** What is kept, as the trail shows it. Write keys stay readable: they may be public, and it is asked about them. */
  #shown(table: Table, noun: Noun, id: string): string | null {
    const row = table.get.get(id) as Pick<Row, 'document'> | undefined;
    if (row === undefined || noun === 'source') return row?.document ?? null;
    return JSON.stringify(maskedDestination(JSON.parse(row.document) as Destination));
  }

  #catchUp(): void {
    if (this.#version() === this.#current.version) return;
    this.#current = this.#read();
    this.#announce(this.#current);
  }

  /** A version that a watcher commits waits its turn, so that each watcher sees versions rise. */
  #announce(workspace: Workspace): void {
    if (this.#news.push(workspace) > 1) return;
    for (let next = this.#news[0]; next !== undefined; next = this.#news[0]) {
      for (const watcher of [...this.#watchers]) watcher(next);
      this.#news.shift();
    }
  }

  #version(): number {
    return (this.#sql.version.get() as { readonly version: number }).version;
  }

  /** In one transaction, so that documents and version are of one moment. */
  #read(): Workspace {
    const known = this.#opened;
    const opening = new Map<string, Destination>();
    const workspace = explained(this.#file, () =>
      inTransaction(this.#db, () =>
        workspaceIn(this.#sql, (row) => {
          const destination = known.get(row.document) ?? destinationOf(row, this.#box, this.#file);
          opening.set(row.document, destination);
          return destination;
        }),
      ),
    );
    this.#opened = opening;
    return workspace;
  }
}

/** To be read within a transaction. */
function workspaceIn(sql: ReturnType<typeof prepare>, destinationOfRow: (row: Row) => Destination): Workspace {
  const { version } = sql.version.get() as { readonly version: number };
  const sources = (sql.source.all.all() as unknown as readonly Row[]).map(sourceOf);
  const destinations = (sql.destination.all.all() as unknown as readonly Row[]).map(destinationOfRow);
  return makeWorkspace(version, sources, destinations);
}

interface Row {
  readonly id: string;
  readonly document: string;
}

/** Only this program writes documents, so their shape is its promise to itself: checked where a slip would go unseen. */
function sourceOf({ id, document }: Row): Source {
  const source = JSON.parse(document) as Source;
  assert(source.id === id && Array.isArray(source.writeKeys), `the document of source ${id} is one`);
  return source;
}

/** @param box null where nothing is sealed */
function destinationOf({ id, document }: Row, box: SecretBox | null, file: string): Destination {
  const destination = JSON.parse(document) as Destination;
  const { sources, endpoints } = destination;
  const isOne = destination.id === id && Array.isArray(sources) && Array.isArray(endpoints);
  assert(isOne, `the document of destination ${id} is one`);
  return box === null ? destination : opened(destination, box, file);
}

type Noun = 'source' | 'destination';
type Table = ReturnType<typeof prepareTable>;

function prepare(db: DatabaseSync) {
  return {
    version: db.prepare('select version from workspace'),
    setVersion: db.prepare('update workspace set version = ?'),
    source: prepareTable(db, 'source'),
    destination: prepareTable(db, 'destination'),
  };
}

function prepareTable(db: DatabaseSync, table: Noun) {
  return {
    all: db.prepare(`select id, document from ${table} order by number`),
    get: db.prepare(`select document from ${table} where id = ?`),
    // Keeps the row's number, and so its place in the order.
    put: db.prepare(
      `insert into ${table} (id, document) values (?, ?) on conflict (id) do update set document = excluded.document`,
    ),
    delete: db.prepare(`delete from ${table} where id = ?`),
  };
}
