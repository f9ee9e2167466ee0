-- Attempts that failed, by minute and by what went wrong: what errors are grouped by. A reason is a code of the catalogue
-- or a status, so that a minute has a few rows of each endpoint at most. What failed before is not counted here.
create table error_minute (
  lane integer not null,
  minute integer not null,
  endpoint integer not null,
  code text not null,
  attempts integer not null,
  last_at integer not null,
  primary key (lane, minute, endpoint, code)
) strict, without rowid;
