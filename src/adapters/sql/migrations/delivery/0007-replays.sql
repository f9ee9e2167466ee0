-- How deliveries ended, counted for lanes of replays alone. Written with the settlements, so that they are exact.
alter table lane add column delivered integer not null default 0;
alter table lane add column dead integer not null default 0;
alter table lane add column cancelled integer not null default 0;
