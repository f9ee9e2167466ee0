import type { DatabaseSync } from 'node:sqlite';
import type { Destination, Endpoint, EndpointTls } from '../../domain/destination.ts';
import type { EndpointAuth } from '../../domain/endpoint-auth.ts';
import { MASK, maskedHeaders } from '../../domain/masked.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { Source } from '../../domain/source.ts';
import { makeWorkspace, type Workspace } from '../../domain/workspace.ts';
import { assert } from '../../lib/assert.ts';
import type { WorkspaceChange, WorkspaceStore } from '../../ports/workspace-store.ts';
import { explained, inTransaction, openSqlite } from './sqlite.ts';

/**
 * Opens the workspace in one SQLite file, or in memory for `:memory:`. A commit survives a power cut.
 *
 * @throws SluiceError `folder_too_new`, `folder_not_writable`, `file_corrupt`, `disk_full`, `files_exhausted`; a commit
 *   and a refresh likewise
 */
export function openSqliteWorkspaceStore({ file }: { readonly file: string }): WorkspaceStore {
  const db = openSqlite(file, { synchronous: 'full', kind: 'workspace' });
  return new SqliteWorkspaceStore(db, file);
}

class SqliteWorkspaceStore implements WorkspaceStore {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #watchers = new Set<(workspace: Workspace) => void>();
  #current: Workspace;
  /** The versions to be announced, oldest first; the first one is being announced. */
  readonly #news: Workspace[] = [];

  constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
    this.#sql = prepare(db);
    this.#current = this.#read();
  }

  current(): Workspace {
    return this.#current;
  }

  async commit(change: WorkspaceChange, ifVersion: number, by: string, atMs: number): Promise<Workspace> {
    const isWritten = explained(this.#file, () =>
      inTransaction(this.#db, () => {
        if (this.#version() !== ifVersion) return false;
        this.#apply(change);
        this.#sql.audit.run(ifVersion + 1, atMs, by, JSON.stringify(masked(change)));
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
    if (this.#db.isOpen) this.#db.close();
    return Promise.resolve();
  }

  #apply({
    putSources = [],
    deleteSources = [],
    putDestinations = [],
    deleteDestinations = [],
  }: WorkspaceChange): void {
    for (const id of deleteSources) this.#sql.deleteSource.run(id);
    for (const id of deleteDestinations) this.#sql.deleteDestination.run(id);
    for (const source of putSources) this.#sql.putSource.run(source.id, JSON.stringify(source));
    for (const destination of putDestinations) {
      this.#sql.putDestination.run(destination.id, JSON.stringify(destination));
    }
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
    return explained(this.#file, () =>
      inTransaction(this.#db, () =>
        makeWorkspace(
          this.#version(),
          (this.#sql.sources.all() as unknown as readonly Row[]).map(sourceOf),
          (this.#sql.destinations.all() as unknown as readonly Row[]).map(destinationOf),
        ),
      ),
    );
  }
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

function destinationOf({ id, document }: Row): Destination {
  const destination = JSON.parse(document) as Destination;
  const { sources, endpoints } = destination;
  const isOne = destination.id === id && Array.isArray(sources) && Array.isArray(endpoints);
  assert(isOne, `the document of destination ${id} is one`);
  return destination;
}

/** Write keys stay readable: they may be public, and who allowed which is what the trail is asked about. */
function masked(change: WorkspaceChange): WorkspaceChange {
  if (change.putDestinations === undefined) return change;
  return { ...change, putDestinations: change.putDestinations.map(maskedDestination) };
}

function maskedDestination(destination: Destination): Destination {
  return {
    ...destination,
    sharedSecret: destination.sharedSecret === null ? null : MASK,
    nextSecret: destination.nextSecret === null ? null : MASK,
    tls: destination.tls === null ? null : maskedTls(destination.tls),
    endpoints: destination.endpoints.map(maskedEndpoint),
    basic: destination.basic === null ? null : maskedEndpoint(destination.basic),
  };
}

function maskedEndpoint({ url, headers, auth }: Endpoint): Endpoint {
  return { url, headers: maskedHeaders(headers), auth: auth === null ? null : maskedAuth(auth) };
}

/** Certificates are no secrets: what an endpoint is shown in every handshake. */
function maskedTls({ ca, client }: EndpointTls): EndpointTls {
  return { ca, client: client === null ? null : { cert: client.cert, key: MASK } };
}

function maskedAuth(auth: EndpointAuth): EndpointAuth {
  return auth.kind === 'basic' ? { ...auth, username: MASK, password: MASK } : { ...auth, token: MASK };
}

function prepare(db: DatabaseSync) {
  return {
    version: db.prepare('select version from workspace'),
    setVersion: db.prepare('update workspace set version = ?'),
    sources: db.prepare('select id, document from source order by number'),
    destinations: db.prepare('select id, document from destination order by number'),
    // Keeps the row's number, and so its place in the order.
    putSource: db.prepare(
      'insert into source (id, document) values (?, ?) on conflict (id) do update set document = excluded.document',
    ),
    deleteSource: db.prepare('delete from source where id = ?'),
    putDestination: db.prepare(
      'insert into destination (id, document) values (?, ?) on conflict (id) do update set document = excluded.document',
    ),
    deleteDestination: db.prepare('delete from destination where id = ?'),
    audit: db.prepare('insert into audit (version, at, by, change) values (?, ?, ?, ?)'),
  };
}
