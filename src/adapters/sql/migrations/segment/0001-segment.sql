-- One segment of the event log. `epoch` and `hash_key` are the log's and the same in each of its segments.
create table segment (
  epoch integer not null,
  hash_key blob not null,
  first integer not null,
  created_at integer not null
) strict;

create table event (
  position integer primary key,
  source text not null,
  type text not null,
  message_id text not null,
  name text,
  user text,
  received_at integer not null,
  integrations text,
  body text not null
) strict;

-- One row per commit: `keys` are the hashes of its events' dedupe keys as packed little-endian doubles, in the order
-- of their consecutive positions from `first`. `received_at` is the latest of the log so far, so it never falls.
create table batch (
  first integer primary key,
  received_at integer not null,
  keys blob not null
) strict;
