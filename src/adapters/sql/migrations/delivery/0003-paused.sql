-- Endpoints that are sent nothing until somebody resumes them. By destination and not by lane: a destination whose
-- lanes become others keeps them.
create table paused (
  destination text not null,
  url text not null,
  reason text not null,
  since integer not null,
  primary key (destination, url)
) strict, without rowid;
