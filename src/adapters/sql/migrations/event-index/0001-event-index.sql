-- Where events of the log are found. Made anew when it is lost. No text of an event is here, only keyed hashes.
create table event_index (
  only integer primary key check (only = 1),
  -- The log's.
  epoch integer not null,
  hash_key blob not null
) strict;

-- Events of up to 65,536 positions, from `first` to `up_to`. `kinds` lists their sources and types, as JSON.
create table run (
  id integer primary key,
  first integer not null,
  up_to integer not null,
  kinds text not null
) strict;

-- The entries of a run in 256 pages: of run `id / 256` those whose hash begins with the byte `id % 256`.
create table page (
  id integer primary key,
  entries blob not null
) strict;
