import type { ErrorCode, ErrorDetails } from '../domain/errors.ts';

/**
 * What the management API said in place of an answer. `unexpected_answer` is what did not come from it: mostly a proxy
 * in between that answers by itself, or another server at this URL.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: ErrorCode | 'unexpected_answer';
  readonly details: ErrorDetails;
  /** After so many seconds it is worth to ask again; null where nothing is said. */
  readonly retryAfterS: number | null;

  constructor(
    message: string,
    of: Pick<ApiError, 'status' | 'code'> & Partial<Pick<ApiError, 'details' | 'retryAfterS'>>,
  ) {
    super(message);
    this.status = of.status;
    this.code = of.code;
    this.details = of.details ?? {};
    this.retryAfterS = of.retryAfterS ?? null;
  }
}

/** The error that a response is. */
export async function apiErrorOf(response: Response): Promise<ApiError> {
  const { status } = response;
  const text = await response.text();
  const said = errorIn(text);
  if (said === null) {
    const shown = text.slice(0, 200).trim();
    return new ApiError(`unexpected answer ${status}${shown === '' ? '' : `: ${shown}`}`, {
      ...{ status, code: 'unexpected_answer', retryAfterS: retryAfterOf(response) },
    });
  }
  const { code, message, details } = said;
  return new ApiError(message, { status, code, details, retryAfterS: retryAfterOf(response) });
}

interface Said {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
}

function errorIn(text: string): Said | null {
  try {
    const { error } = JSON.parse(text) as { readonly error?: Partial<Said> };
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return null;
    return { code: error.code, message: error.message, details: error.details ?? {} };
  } catch {
    return null;
  }
}

/** A date, which HTTP knows too, is never sent by Sluice. */
function retryAfterOf({ headers }: Response): number | null {
  const said = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(said) ? Number(said) : null;
}
