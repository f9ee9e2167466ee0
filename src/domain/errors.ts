/**
 * Every mistake that somebody can make with Sluice, by code. Codes are part of the public surface: one that is
 * retired is never used again. `docs/errors.md` explains each, and a test compares the two both ways.
 */
export const ERRORS = {
  // Calls of the tracking API.
  malformed_json: { status: 400, message: 'the body is not JSON' },
  malformed_data: { status: 400, message: '`data` of the query must be a call as JSON in base64' },
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
  https_required: { status: 400, message: 'this port speaks HTTPS; send to it with https://' },
  request_timeout: { status: 408, message: 'the request took too long to arrive; send it again' },
  headers_too_large: { status: 431, message: 'the headers are larger than {bytesMax} bytes' },
  not_found: { status: 404, message: 'there is nothing at {method} {path}' },
  method_not_allowed: { status: 405, message: '{path} takes {allowed}, and not {method}' },
  host_not_allowed: { status: 403, message: 'the Host header {host} is not this server; open it as {expected}' },

  // What libraries load.
  write_key_unknown: {
    status: 404,
    message: 'no source has the write key of this URL; its sources and their `writeKeys` are in the configuration',
  },

  // The management API.
  api_token_required: {
    status: 401,
    message:
      'this needs an API token as `Authorization: Bearer …`, or the cookie of a session: a token of /api/v1/tokens, `admin.token` of the configuration, or else what is in the file admin.token of the data folder',
  },
  too_many_wrong_tokens: {
    status: 429,
    message: 'too many wrong API tokens came from {address}; try again in {retryAfterS} s',
  },
  api_token_expired: {
    status: 401,
    message: 'the API token {name} expired at {expiredAt}; an admin makes another with POST /api/v1/tokens',
  },
  role_too_low: {
    status: 403,
    message: 'this needs the role {needed}, and {actor} is {role}; ask with an API token that has the role {needed}',
  },
  csrf_token_required: {
    status: 403,
    message:
      'who signed in by cookie needs the header X-CSRF-Token to change something; GET /api/v1/session answers it',
  },
  cross_site_request: {
    status: 403,
    message: 'this was sent by a page of another site ({site}), and only pages of this one may',
  },
  api_token_not_found: { status: 404, message: 'there is no API token {id}' },
  too_many_api_tokens: { status: 409, message: 'there are {max} API tokens, and no more can be; revoke one' },
  invalid_parameter: { status: 400, message: '`{parameter}` {problem}' },
  invalid_body: { status: 400, message: 'the body is not as it must be: {problem}' },

  event_not_found: {
    status: 404,
    message: 'there is no event {id}: it was never accepted here, or is past its retention, or was erased',
  },
  delivery_not_found: {
    status: 404,
    message: 'there is no delivery {id}: nothing was attempted for it yet, or it is past `retention.history.age`',
  },
  delivery_not_dead: {
    status: 409,
    message: 'delivery {id} is {state}, and only dead ones can be retried',
  },
  delivery_lane_gone: {
    status: 409,
    message:
      'delivery {id} cannot be retried: its destination is disabled or gone, or the endpoint that it was for was removed',
  },
  body_too_large: { status: 413, message: 'the body is larger than {bytesMax} bytes' },
  destination_disabled: {
    status: 409,
    message: 'destination {destination} is disabled; enable it first',
  },
  endpoint_not_found: { status: 404, message: 'destination {destination} has no endpoint of this URL' },
  test_event_refused: { status: 400, message: 'a library that sent this event would be refused: {reason}' },
  too_many_tests: { status: 429, message: '{max} test events are being sent; try again in {retryAfterS} s' },
  source_not_found: { status: 404, message: 'there is no source {source}' },
  replay_not_found: { status: 404, message: 'there is no replay {id}' },
  replay_ended: { status: 409, message: 'replay {id} is {state} already; start another one' },
  replay_counting: {
    status: 409,
    message: 'replay {id} is still counted, and has sent nothing yet; ask again when it runs, or cancel it',
  },
  too_many_replays: {
    status: 409,
    message: 'there are {max} replays that have not ended; wait for one, or cancel one',
  },
  destination_not_found: { status: 404, message: 'there is no destination {destination}' },
  erasure_not_found: { status: 404, message: 'there is no erasure {id}' },
  too_many_erasures: {
    status: 429,
    message: '{max} erasures are not finished; ask for more when some are',
  },
  too_many_suppressions: {
    status: 409,
    message: '{max} people are suppressed, and no more can be; take back some with DELETE /api/v1/suppressions',
  },
  suppression_not_found: { status: 404, message: 'nobody with this id is suppressed' },
  file_pinned: {
    status: 503,
    message:
      '{file} is read by another program, such as a backup; what was erased is gone from disk once that has ended',
  },
  declared_in_file: {
    status: 409,
    message:
      '{kind} {id} is declared in the configuration file, which alone changes it; change it there, and send SIGHUP',
  },
  name_taken: { status: 409, message: '{kind} {other} has this name, upper and lower case alike; choose another' },
  write_key_taken: {
    status: 409,
    message: 'source {source} has this write key, and each belongs to one; choose another',
  },
  write_key_not_found: { status: 404, message: 'source {source} has no such write key' },
  last_write_key: {
    status: 409,
    message:
      'this is the last write key of source {source}; issue another first, or disable the source to refuse its calls',
  },
  too_many_sources: { status: 409, message: 'there are {max} sources, and no more can be; delete one' },
  too_many_destinations: { status: 409, message: 'there are {max} destinations, and no more can be; delete one' },
  too_many_write_keys: {
    status: 409,
    message: 'source {source} would have more than {max} write keys; revoke one, or make another source',
  },
  too_many_readers: {
    status: 429,
    message: '{max} programs read the live stream already; close one of them, and open it again in {retryAfterS} s',
  },
  no_rotation: {
    status: 409,
    message:
      'the secret of {destination} is not being rotated, so there is none to promote; set a new `sharedSecret` first',
  },

  // Request bins.
  dashboard_not_built: {
    status: 503,
    message: 'the dashboard is not built; `npm run build` in the folder of Sluice builds it, as `npm start` does',
  },
  bin_not_found: { status: 404, message: 'there is no bin {id}; POST /api/v1/bins makes one' },
  bin_request_not_found: {
    status: 404,
    message: 'bin {bin} has no request {request}; it may have been too old, or one too many',
  },
  bin_request_too_large: { status: 413, message: 'a bin keeps bodies of at most {bytesMax} bytes' },

  // The event log.
  log_busy: { status: 503, message: 'more is arriving than the disk takes; send again in a moment' },
  log_full: {
    status: 503,
    message:
      'the disk has no room for more events: {free} free, {reserve} of it in reserve for deliveries; send again when there is room',
  },
  shutting_down: { status: 503, message: 'the server is shutting down; send again in a moment' },
  internal: { status: 500, message: 'something went wrong here; the call was not taken, send it again' },

  // The delivery store.
  store_full: { status: 503, message: 'the disk is full, so this could not be noted; make room and ask again' },

  // The data folder.
  folder_in_use: {
    status: 500,
    message: 'the data folder {folder} is in use by another Sluice{owner}; stop it, or choose another with --data-dir',
  },
  folder_too_new: {
    status: 500,
    message: '{file} was written by a newer Sluice (schema {found}, this one knows {known}); start that version again',
  },
  folder_too_old: {
    status: 500,
    message:
      '{file} was written by an older Sluice (schema {found}, this one knows {known}); start this version on it once, then ask again',
  },
  folder_not_writable: {
    status: 500,
    message:
      'the data folder {folder} cannot be written: {reason}; give it to the user who runs Sluice, or choose another with --data-dir',
  },
  disk_full: {
    status: 500,
    message: 'the disk of {folder} is full, and a start needs a little of it; make room and start again',
  },
  files_exhausted: {
    status: 503,
    message: 'this process may open no more files; raise its limit (`ulimit -n`, `LimitNOFILE=`) and start it again',
  },
  file_corrupt: {
    status: 500,
    message:
      '{file} is damaged: {reason}; restore a backup, or move it away and start again without what it held (docs/operating.md)',
  },

  // Backup and restore.
  not_a_data_folder: {
    status: 500,
    message: '{folder} is no data folder of Sluice: it has no {missing}; name the folder with --data-dir',
  },
  backup_target_taken: {
    status: 500,
    message: 'there is something in {folder} already; name a folder with --to that does not exist yet',
  },
  restore_target_taken: {
    status: 500,
    message:
      'there is something in {folder} already; stop Sluice and move that folder away, or name another with --data-dir',
  },
  disk_too_small: {
    status: 500,
    message: 'the disk of {folder} has {free} free, and {needed} are needed; make room, or choose another disk',
  },
  target_not_writable: { status: 500, message: '{folder} cannot be made: {reason}' },
  backup_too_slow: {
    status: 500,
    message:
      'the log beside {file} grew by {grown} while it was copied; back up to a faster disk, or when less is delivered',
  },
  export_target_taken: {
    status: 500,
    message: '{file} is there already; name another file with --to, or move it away',
  },
  not_a_backup: { status: 500, message: '{folder} is no backup of Sluice: {reason}' },
  backup_too_new: {
    status: 500,
    message:
      'the backup {folder} was made by a newer Sluice (format {found}, this one knows {known}); restore it with that',
  },
  backup_damaged: { status: 500, message: 'the backup {folder} is damaged: {file} {reason}; restore another one' },
  restore_cut_short: {
    status: 500,
    message: 'a restore into {folder} was cut short, and {left} is left of it; empty the folder and restore again',
  },
  stopped_early: { status: 500, message: 'stopped by {signal}; nothing of it was left in {folder}' },

  api_token_unusable: {
    status: 500,
    message: 'the API token in {file} cannot be used: {reason}; remove the file, and the next start makes another',
  },
  secrets_key_unusable: { status: 500, message: '{file}, the key of the secrets, cannot be used: {reason}' },
  secrets_key_missing: {
    status: 500,
    message:
      'there are secrets here that were sealed with a key which is gone: {file} is not there, and `secrets.key` says none; put it back from a backup, or see docs/operating.md for what goes without it',
  },
  secrets_key_wrong: {
    status: 500,
    message:
      'the secrets here were sealed with another key than that of {key}; put the right one back, or name it in `secrets.previousKey` to change over to this one',
  },

  // The configuration.
  config_unreadable: { status: 500, message: 'cannot read {file}: {reason}' },
  config_invalid: { status: 500, message: 'the configuration has {count} mistake(s):\n{problems}' },
  declaration_clash: {
    status: 500,
    message:
      'the configuration says what the management API gave to another already, and nothing of it was applied:\n{problems}',
  },
  address_unusable: { status: 500, message: 'cannot listen on port {port} of {host}: {reason}' },
  address_in_use: { status: 500, message: 'port {port} of {host} is in use; choose another with --port' },
  dev_on_loopback_only: {
    status: 500,
    message:
      '`sluice dev` asks for no login and so listens on loopback only, not on {host}; for that, use `sluice serve`',
  },
  tls_file_unreadable: {
    status: 500,
    message: 'cannot read {file}, the {setting} of `http.tls`: {reason}',
  },
  tls_file_invalid: { status: 500, message: '{file}, the {setting} of `http.tls`, cannot be used: {reason}' },
  tls_key_mismatch: {
    status: 500,
    message:
      'the key in {key} is not that of the first certificate in {certificate}; name the two that belong together',
  },
  version_conflict: { status: 409, message: 'the workspace changed meanwhile; read it again and repeat the change' },
} as const satisfies Record<string, { readonly status: number; readonly message: string }>;

export type ErrorCode = keyof typeof ERRORS;
/** What fills the holes of a message, and what programs read besides. */
export type ErrorDetails = Readonly<Record<string, string | number | readonly ErrorProblem[]>>;

/** One of several mistakes. Its path is empty for the whole. */
export interface ErrorProblem {
  readonly path: string;
  readonly message: string;
}

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
  /** What ended a thread, as its `error` event has it: Node keeps an error's fields on the way, and not its class. */
  ofThread: (error: unknown): Error => {
    if (!(error instanceof Error)) return new Error(String(error));
    // Of a thread that could not even be started there is only this text.
    if (/initialization failure: E[MN]FILE/.test(error.message)) return new SluiceError('files_exhausted', {}, error);
    if (error.name !== 'SluiceError') return error;
    const { code, details } = error as unknown as Pick<SluiceError, 'code' | 'details'>;
    return new SluiceError(code, details, error);
  },
};

function fill(message: string, details: ErrorDetails): string {
  return message.replaceAll(/\{(\w+)\}/g, (hole, name: string) => {
    const value = details[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : hole;
  });
}
