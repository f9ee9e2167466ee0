-- Replays as they were asked for, and as far as they have come.
create table replay (
  id text primary key,
  created_at integer not null,
  -- A replay in JSON.
  replay text not null,
  -- Its events, where they were looked for one by one: positions as floats of 64 bits.
  positions blob
) strict;
create index replay_by_created_at on replay (created_at, id);
