-- Every lane wrote the user down; one that keeps no order needs none.
update parked set user = null where user is not null;
-- A user's parked deliveries, in lanes that keep order: those that wait behind others first, by position.
create index parked_by_user on parked (lane, user, due_at, position) where user is not null;
