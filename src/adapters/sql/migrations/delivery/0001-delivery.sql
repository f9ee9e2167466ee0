-- What each lane still owes, and what became of the rest. Times are milliseconds since 1970.

create table store (
  only integer primary key check (only = 1),
  -- The newest term that was granted: no term is ever granted twice.
  term integer not null,
  -- 1 from a clean stop until the next start.
  is_clean integer not null
) strict;
insert into store values (1, 0, 1);

-- A lane from its first hold until it is dropped. Afterwards its row stays for as long as its history, and the same
-- name held again is another lane. Other tables name lanes and endpoints by their short ids.
create table lane (
  id integer primary key,
  name text not null,
  floor integer not null,
  -- 1 from an unclean stop until the next grant, which says so.
  was_unclean integer not null default 0,
  is_dropped integer not null default 0
) strict;
create unique index lane_by_name on lane (name) where is_dropped = 0;

create table endpoint (id integer primary key, url text not null unique) strict;

-- Deliveries that wait. Where a delivery has rows of several kinds, a parked one says what it is, then a finished one,
-- then its attempts.
create table parked (
  lane integer not null,
  position integer not null,
  attempts integer not null,
  user text,
  batch text,
  due_at integer,
  suspicion integer not null,
  in_flight integer not null default 0,
  primary key (lane, position)
) strict, without rowid;
create index parked_by_due on parked (lane, due_at, position) where due_at is not null;

-- Deliveries that ended, save those whose attempt says it: a success settled together with its attempt has no row here.
create table finished (
  lane integer not null,
  position integer not null,
  state text not null check (state in ('delivered', 'dead', 'cancelled')),
  reason text,
  at integer not null,
  primary key (lane, position)
) strict, without rowid;
create index finished_by_at on finished (at);

-- The history, and most of what this file holds: about 30 bytes for a plain success. `at` is in the key because a
-- retry by hand numbers its attempts from 1 again. `outcome` is 0 succeeded, 1 failed, 2 rejected, 3 skipped.
create table attempt (
  lane integer not null,
  position integer not null,
  at integer not null,
  number integer not null,
  endpoint integer not null,
  duration_ms integer not null,
  outcome integer not null,
  status integer,
  detail integer,
  primary key (lane, position, at, number, endpoint)
) strict, without rowid;
create index attempt_by_detail on attempt (detail) where detail is not null;

-- What is known of an attempt beyond its row; a batch's attempt has one for all its positions.
create table attempt_detail (
  id integer primary key,
  error_code text,
  exchange text
) strict;

-- Attempts per latency bucket. Columns and not a blob: adding is one statement without reading first, summing over
-- minutes is SQL, a bucket cannot overflow, and one that is 0 takes no more than its byte in the row's header.
create table minute_count (
  lane integer not null,
  minute integer not null,
  endpoint integer not null,
  outcome text not null,
  bucket_0 integer not null,
  bucket_1 integer not null,
  bucket_2 integer not null,
  bucket_3 integer not null,
  bucket_4 integer not null,
  bucket_5 integer not null,
  bucket_6 integer not null,
  bucket_7 integer not null,
  bucket_8 integer not null,
  bucket_9 integer not null,
  bucket_10 integer not null,
  bucket_11 integer not null,
  bucket_12 integer not null,
  bucket_13 integer not null,
  bucket_14 integer not null,
  bucket_15 integer not null,
  primary key (lane, minute, endpoint, outcome)
) strict, without rowid;
