-- Sources and destinations as JSON documents, the newest version of each, in the order of their creation.

create table workspace (
  only integer primary key check (only = 1),
  version integer not null
) strict;
insert into workspace values (1, 0);

create table source (
  number integer primary key,
  id text not null unique,
  document text not null
) strict;

create table destination (
  number integer primary key,
  id text not null unique,
  document text not null
) strict;

-- Who changed what, a row for each version. Secrets in `change` are masked. `at` is in milliseconds since 1970.
create table audit (
  version integer primary key,
  at integer not null,
  by text not null,
  change text not null
) strict;
