-- Who may ask the management API. Times are milliseconds since 1970; hashes are SHA-256 in base64url.

create table api_token (
  number integer primary key autoincrement,
  id text not null unique,
  name text not null,
  -- The name as names are compared.
  name_key text not null unique,
  role text not null,
  hash text not null unique,
  created_at integer not null,
  created_by text not null,
  expires_at integer,
  last_used_at integer
) strict;

create table session (
  number integer primary key autoincrement,
  hash text not null unique,
  -- Of the token that it was begun with, which may be that of the configuration.
  token_hash text not null,
  created_at integer not null,
  last_used_at integer not null
) strict;
