-- The deliveries of one batch.
create index parked_by_batch on parked (lane, batch, position) where batch is not null;
