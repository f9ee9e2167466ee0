-- How many deliveries of a lane ended in each minute, by how: what charts are drawn from, as from `minute_count`. What
-- ended before is not counted here: that would be a look at the whole history, and charts go on from now.
create table ended_minute (
  lane integer not null,
  minute integer not null,
  delivered integer not null,
  dead integer not null,
  cancelled integer not null,
  primary key (lane, minute)
) strict, without rowid;
