-- Who changed what: a row for each source and destination that a version of the workspace touched, and for each other
-- change of an operator's. `before` and `after` are JSON with secrets masked, null where there is none. `at` is in
-- milliseconds since 1970. `version` is the workspace's, null for what is no part of it.

alter table audit rename to audit_by_version;

create table audit (
  number integer primary key,
  at integer not null,
  by text not null,
  action text not null,
  subject text not null,
  before text,
  after text,
  version integer
) strict;

insert into audit (at, by, action, subject, before, after, version)
with touched (version, at, by, step, place, noun, subject, after) as (
  select version, at, by, 1, key, 'source', value, null
    from audit_by_version, json_each(change, '$.deleteSources')
  union all
  select version, at, by, 2, key, 'destination', value, null
    from audit_by_version, json_each(change, '$.deleteDestinations')
  union all
  select version, at, by, 3, key, 'source', value ->> 'id', value
    from audit_by_version, json_each(change, '$.putSources')
  union all
  select version, at, by, 4, key, 'destination', value ->> 'id', value
    from audit_by_version, json_each(change, '$.putDestinations')
), told as (
  select *, lag(after) over (partition by noun, subject order by version, step, place) as before from touched
)
select at, by, noun || case when after is null then '.delete' when before is null then '.create' else '.update' end,
  subject, before, after, version
from told where before is not null or after is not null order by version, step, place;

drop table audit_by_version;

create index audit_by_subject on audit (subject);
create index audit_by_actor on audit (by);

-- A row once the secrets in all documents are sealed. `check_value` opens with the key that they were sealed with;
-- `is_clean` is 1 once nothing is left in the file of what they were before.
create table seal (
  only integer primary key check (only = 1),
  check_value text not null,
  is_clean integer not null
) strict;
