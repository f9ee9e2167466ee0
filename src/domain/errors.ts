/**
 * Every mistake that somebody can make with Sluice, by code. Codes are part of the public surface: one that is
 * retired is never used again. `docs/errors.md` explains each, and a test compares the two both ways.
 */
export const ERRORS = {
  // Calls of the tracking API.
  malformed_json: { status: 400, message: 'the body is not JSON' },
  not_an_object: { status: 400, message: 'the body must be a JSON object' },
  batch_not_array: { status: 400, message: '`batch` must be an array of calls' },
  too_deep: { status: 400, message: 'the body is nested deeper than {depthMax} levels' },
  call_too_large: { status: 400, message: 'the call is larger than {bytesMax} bytes' },
  batch_too_large: { status: 400, message: 'the batch is larger than {bytesMax} bytes; send fewer calls at a time' },
  malformed_gzip: { status: 400, message: 'Malformed gzip content' },
  unsupported_encoding: { status: 400, message: 'Content-Encoding {encoding} is not known; send gzip or none' },
  write_key_missing: {
    status: 400,
    message: 'no write key: send it as the Basic user name, or as `writeKey` in the body',
  },
  request_aborted: { status: 400, message: 'the connection ended before the whole body had come' },
  malformed_request: { status: 400, message: 'this is not an HTTP request: {reason}' },
  request_timeout: { status: 408, message: 'the request took too long to arrive; send it again' },
  headers_too_large: { status: 431, message: 'the headers are larger than {bytesMax} bytes' },
  not_found: { status: 404, message: 'there is nothing at {method} {path}' },
  method_not_allowed: { status: 405, message: '{path} takes {allowed}, and not {method}' },
  host_not_allowed: { status: 403, message: 'the Host header {host} is not this server; open it as {expected}' },

  // Request bins.
  bin_not_found: { status: 404, message: 'there is no bin {id}; it exists once something was sent to /bins/{id}' },
  bin_request_too_large: { status: 413, message: 'a bin keeps bodies of at most {bytesMax} bytes' },

  // The event log.
  log_busy: { status: 503, message: 'more is arriving than the disk takes; send again in a moment' },
  log_full: { status: 503, message: 'the disk is full; send again when there is room' },
  shutting_down: { status: 503, message: 'the server is shutting down; send again in a moment' },
  internal: { status: 500, message: 'something went wrong here; the call was not taken, send it again' },

  // The delivery store.
  store_full: { status: 503, message: 'the disk is full; deliveries are noted again when there is room' },

  // The data folder.
  folder_in_use: {
    status: 500,
    message: 'the data folder {folder} is in use by another Sluice{owner}; stop it, or choose another with --data-dir',
  },
  folder_too_new: {
    status: 500,
    message: '{file} was written by a newer Sluice (schema {found}, this one knows {known}); start that version again',
  },
  folder_not_writable: { status: 500, message: 'the data folder {folder} cannot be written: {reason}' },
  file_corrupt: { status: 500, message: '{file} is damaged: {reason}; restore it from a backup' },

  // The configuration.
  config_unreadable: { status: 500, message: 'cannot read {file}: {reason}' },
  config_invalid: { status: 500, message: '{file} has {count} mistake(s):\n{problems}' },
  address_unusable: { status: 500, message: 'cannot listen on port {port} of {host}: {reason}' },
  address_in_use: { status: 500, message: 'port {port} of {host} is in use; choose another with --port' },
  dev_on_loopback_only: {
    status: 500,
    message:
      '`sluice dev` asks for no login and so listens on loopback only, not on {host}; for that, use `sluice serve`',
  },
  version_conflict: { status: 409, message: 'the workspace changed meanwhile; read it again and repeat the change' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** Somebody's mistake, or a state that they can do something about: a code of `ERRORS` with what fills its message. */
export class SluiceError extends Error {
  override readonly name = 'SluiceError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(fill(ERRORS[code].message, details), cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  /** The HTTP status that tells a client the same. */
  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** How errors go from one thread to another: a `SluiceError` stays one, of any other its text arrives. */
export const errorCodec = {
  pack: (error: unknown): unknown => {
    if (error instanceof SluiceError) return { code: error.code, details: error.details };
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  },
  unpack: (packed: unknown): Error => {
    if (typeof packed === 'string') return new Error(packed);
    const { code, details } = packed as Pick<SluiceError, 'code' | 'details'>;
    return new SluiceError(code, details);
  },
};

function fill(message: string, details: ErrorDetails): string {
  return message.replaceAll(/\{(\w+)\}/g, (hole, name: string) => String(details[name] ?? hole));
}
