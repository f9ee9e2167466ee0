import { ApiError, messageOf } from '../api.ts';

/** What Sluice says of each field of a form, by its path. */
export function problemsOf(error: unknown): ReadonlyMap<string, string> {
  const problems: unknown = error instanceof ApiError ? error.details['problems'] : undefined;
  if (!Array.isArray(problems)) return new Map();
  return new Map(
    problems.flatMap((each: unknown) => {
      if (typeof each !== 'object' || each === null || !('path' in each) || !('message' in each)) return [];
      return [[String(each.path), String(each.message)] as const];
    }),
  );
}

/** What is left to say above a form whose fields say the rest; null for nothing. */
export function restOf(error: unknown, fields: readonly string[]): string | null {
  if (error === null) return null;
  const problems = [...problemsOf(error)];
  const rest = problems.filter(([path]) => !fields.includes(path));
  if (problems.length === 0) return messageOf(error);
  return rest.length === 0 ? null : rest.map(([path, message]) => `${path}: ${message}`).join('; ');
}
