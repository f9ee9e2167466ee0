-- Whose events were erased, and whose are not taken any more. Times are milliseconds since 1970.

-- Fingerprints of people are made with this key.
create table fingerprint_key (
  only integer primary key check (only = 1),
  key blob not null
) strict;

create table erasure (
  number integer primary key autoincrement,
  fingerprint text not null,
  -- Which field the operator named the person by.
  field text not null,
  suppress integer not null,
  at integer not null,
  -- The position below which it is still to look: null before it began.
  down_to integer,
  found integer not null default 0,
  erased integer not null default 0,
  refused integer not null default 0,
  finished_at integer
) strict;
create index erasure_by_fingerprint on erasure (fingerprint, number);
create index erasure_open on erasure (number) where finished_at is null;

-- Ids of people in clear, for as long as their erasure needs them.
create table person (
  erasure integer primary key,
  id text not null
) strict;

create table suppression (
  fingerprint text primary key,
  at integer not null
) strict, without rowid;
