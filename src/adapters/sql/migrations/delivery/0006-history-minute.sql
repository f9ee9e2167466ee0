-- What the history of each minute takes, in bytes, estimated from its rows as they are written: what attempts began,
-- deliveries ended and counts are of it. So what a day takes, and how far back a size reaches, is known without reading
-- the history. What was there before is counted here once.
create table history_minute (
  minute integer primary key,
  bytes integer not null
) strict;
insert into history_minute
select minute, sum(bytes) from (
  select at / 60000 as minute, 30 + coalesce(42 + octet_length(exchange), 0) as bytes
  from attempt left join attempt_detail on attempt_detail.id = attempt.detail
  union all select at / 60000, 55 from finished
  union all select minute, 50 from minute_count)
group by minute;
