/** Where the page of an error is. */
export function errorPagePath(code: string): string {
  return `/api/docs/errors/${code}`;
}
