import { notifications } from '@mantine/notifications';
import { QueryCache, QueryClient, queryOptions, useMutation, type QueryKey } from '@tanstack/react-query';
import { ApiError, makeClient } from '../../src/contract/client.ts';
import type { Answer } from '../../src/contract/operation.ts';
import type { OperationId, Operations } from '../../src/contract/operations.ts';
import { capitalised } from './format.ts';

export { ApiError } from '../../src/contract/client.ts';

/** What an operation answers. */
export type Answered<Id extends OperationId> = Answer<Operations[Id]>;

/** An entry of what a listing operation answers. */
export type Listed<Id extends OperationId> =
  Answered<Id> extends { readonly data: readonly (infer Entry)[] } ? Entry : never;

/** Where Sluice itself is, as this page came from it: a proxy may have it below a path. Ends with a slash. */
export const sluiceUrl = new URL('..', document.baseURI).href;

export const client = makeClient({
  url: sluiceUrl,
  csrfToken: () => queries.getQueryData(session.queryKey)?.csrfToken ?? null,
});

/** Who asks. Failing with 401 means that somebody has to sign in. */
export const session = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => client.getSession({ signal }),
  staleTime: 60_000,
});

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError(error, { queryKey }) {
      // A session that has ended shows in whatever is asked first.
      if (isSignedOut(error) && queryKey[0] !== 'session') void queries.resetQueries({ queryKey: session.queryKey });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // What Sluice refused it refuses again; what did not reach it may.
      retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
    },
  },
});

/** Forgets what was shown to whoever asked before. */
export function forgetAnswers(): void {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
}

export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

/** A sentence about anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return sentence(error.message);
  if (error instanceof TypeError) return 'Sluice does not answer. Is it still running?';
  return error instanceof Error ? sentence(error.message) : String(error);
}

function sentence(text: string): string {
  return `${capitalised(text)}${/[.?!]$/.test(text) ? '' : '.'}`;
}

export interface ChangeOptions<Given, Answer> {
  /** What is said once it is done; null for nothing. */
  readonly done: ((answer: Answer, given: Given) => string) | null;
  /** What is asked again afterwards. */
  readonly refresh?: readonly QueryKey[];
  /** Told of what went wrong; without it a notification says so. */
  readonly onError?: (error: Error) => void;
}

/** Something that an operator does: asked of Sluice, told when it is done or went wrong, and what shows it asked again. */
export function useChange<Given, Answer>(
  change: (given: Given) => Promise<Answer>,
  { done, refresh = [], onError }: ChangeOptions<Given, Answer>,
) {
  return useMutation({
    mutationFn: change,
    async onSuccess(answer, given) {
      if (done !== null) notifications.show({ message: done(answer, given), color: 'teal' });
      await Promise.all(refresh.map(async (queryKey) => queries.invalidateQueries({ queryKey })));
    },
    onError:
      onError ??
      ((error: Error) => {
        notifications.show({ title: 'That did not work', message: messageOf(error), color: 'red', autoClose: 10_000 });
      }),
  });
}
