import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { makeSource } from '../../src/domain/source.ts';
import type { HttpServerOptions } from '../../src/http/server.ts';
import type { WorkspaceStore } from '../../src/ports/workspace-store.ts';
import { openBench } from './http-bench.ts';
import { makeDestination } from './inside.ts';
import { openWorkspace } from './workspace.ts';

/** What a request for a source or a destination was answered. */
export interface Said<Shown> {
  /** `201`, or `409 name_taken`. */
  readonly outcome: string;
  /** As it came, for what must not be in it. */
  readonly text: string;
  readonly shown: Shown;
  /** What is wrong with a body, by its path. */
  readonly problems: Readonly<Record<string, string>>;
}

/** Asks for one, or a list of them. @param path below the list's */
export type Ask<Shown> = (method: string, path: string, body?: unknown) => Promise<Said<Shown>>;

/**
 * The routes of sources or destinations over a workspace in which the file declares the source `website` and the
 * destination `crm`. A body that is a text is sent as it is, anything else as JSON.
 */
export async function openWorkspaceBench<Shown extends { readonly id: string }>(
  context: TestContext,
  list: '/sources' | '/destinations',
  options: Partial<HttpServerOptions> = {},
) {
  const workspace: WorkspaceStore = openWorkspace();
  const website = makeSource({ id: 'website', name: 'Website', writeKeys: ['wk_web'] });
  const crm = makeDestination('crm', ['https://crm.example/'], {}, { name: 'CRM', sources: ['website'] });
  await workspace.commit({ putSources: [website], putDestinations: [crm] }, 0, 'configuration file', 1);
  const { send, ambient } = await openBench(context, { workspace, ...options });
  const ask = async (method: string, path: string, body?: unknown): Promise<Said<Shown>> => {
    const sent = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const { status, body: text } = await send({ method, path: `/api/v1${list}${path}`, headers: {}, body: sent });
    const shown = text === '' ? null : (JSON.parse(text) as unknown);
    const { error } = (shown ?? {}) as { error?: { code: string; details: { problems?: readonly Problem[] } } };
    return {
      outcome: error === undefined ? String(status) : `${status} ${error.code}`,
      text,
      shown: shown as Shown,
      problems: Object.fromEntries((error?.details.problems ?? []).map(({ path: at, message }) => [at, message])),
    };
  };
  const made = async (body: unknown): Promise<Shown> => {
    const { outcome, shown, text } = await ask('POST', '', body);
    assert.equal(outcome, '201', text);
    return shown;
  };
  return { ask, made, workspace, ambient };
}

interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Ids of a page, and where the next one begins. */
export function pageIn({ shown }: Said<unknown>): { readonly ids: readonly string[]; readonly next: string | null } {
  const { data, next } = shown as { readonly data: readonly { readonly id: string }[]; readonly next: string | null };
  return { ids: data.map(({ id }) => id), next };
}
