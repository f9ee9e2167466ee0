-- Calls that were not accepted: how many, and samples of them. Times are milliseconds since 1970.

-- Ids rise and are never used again, so that a list goes on where it was though rows were added and forgotten. The
-- sample is the last column: looking for others then never reads the pages that it runs over to.
create table sample (
  id integer primary key autoincrement,
  at integer not null,
  -- Null where no source has the write key.
  source text,
  reason text not null,
  type text,
  route text not null,
  count integer not null,
  message text not null,
  message_id text,
  write_key text,
  is_cut integer not null,
  sample text
) strict;
create index sample_by_reason on sample (source, reason);

-- One row for each minute (since 1970), source, reason and type. What is null above is '' here: keys have no null.
create table refused_count (
  minute integer not null,
  source text not null,
  reason text not null,
  type text not null,
  count integer not null,
  primary key (minute, source, reason, type)
) strict, without rowid;
