-- What each destination was owed at a moment of each minute, where that was anything or it was held. By its name, since
-- it may be gone; and by minute first, so that a minute's rows are written side by side, however many destinations wait.
create table owed_minute (
  minute integer not null,
  destination text not null,
  waiting integer not null,
  is_held integer not null,
  primary key (minute, destination)
) strict, without rowid;
