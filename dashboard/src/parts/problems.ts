import { ApiError, messageOf } from '../api.ts';

interface Problem {
  readonly path: string;
  readonly message: string;
}

/** What Sluice has against what was sent, mistake by mistake. */
export function problemsIn(error: unknown): readonly Problem[] {
  const problems: unknown = error instanceof ApiError ? error.details['problems'] : undefined;
  if (!Array.isArray(problems)) return [];
  return problems.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null || !('path' in each) || !('message' in each)) return [];
    return [{ path: String(each.path), message: String(each.message) }];
  });
}

/** The same by path: what is said at each field of a form. */
export function problemsOf(error: unknown): ReadonlyMap<string, string> {
  return new Map(problemsIn(error).map(({ path, message }) => [path, message]));
}

/** What is left to say above a form whose fields say the rest; null for nothing. */
export function restOf(error: unknown, fields: readonly string[]): string | null {
  if (error === null) return null;
  const problems = [...problemsOf(error)];
  const rest = problems.filter(([path]) => !fields.includes(path));
  if (problems.length === 0) return messageOf(error);
  return rest.length === 0 ? null : rest.map(([path, message]) => `${path}: ${message}`).join('; ');
}
