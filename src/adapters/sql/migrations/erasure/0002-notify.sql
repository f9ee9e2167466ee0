-- Whether destinations are told, by which events (a JSON array, until it is finished), and to how many of them it came.
alter table erasure add column notify integer not null default 0;
alter table erasure add column notices text;
alter table erasure add column notices_delivered integer;
alter table erasure add column notices_failed integer;

drop index erasure_open;
create index erasure_open on erasure (number) where finished_at is null and notices is null;
create index erasure_notifying on erasure (number) where finished_at is null and notices is not null;
