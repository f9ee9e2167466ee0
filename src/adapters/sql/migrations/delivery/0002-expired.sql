-- Events that the log forgot before this lane took them, since the lane was made.
alter table lane add column expired integer not null default 0;
