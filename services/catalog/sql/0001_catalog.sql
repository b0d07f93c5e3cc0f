-- Items with their stock, and one reservation an order. The checks are the last guard against selling a piece twice.
create table items (
  -- By bytes, so that pages of items have one order everywhere.
  sku         text collate "C" not null primary key,
  name        text    not null,
  currency    text    not null,
  price_minor bigint  not null check (price_minor >= 0),
  on_hand     bigint  not null check (on_hand >= 0),
  -- The sum of the open reservations.
  reserved    bigint  not null check (reserved between 0 and on_hand),
  version     integer not null check (version > 0)
);

-- Final rows (failed, released, confirmed, returned) are kept for ever: a second or a late reserve meets them.
create table reservations (
  order_id       uuid     not null primary key,
  status         text     not null,
  -- orderlog.order.v1.PricedLine in protobuf's JSON, one a SKU; empty if it failed or was never made.
  lines          jsonb    not null,
  currency       text,
  total_minor    bigint,
  -- orderlog.catalog.v1.ReserveFailureReason; null unless it failed.
  failure_reason smallint,
  message        text,
  -- orderlog.catalog.v1.Shortage in protobuf's JSON.
  shortages      jsonb    not null,
  -- orderlog.saga.v1.SagaContext, for the events to come.
  context        bytea    not null,
  version        integer  not null check (version > 0),
  check ((currency is null) = (total_minor is null))
);

do $$
begin
  execute format('grant select, insert, update on items, reservations to %I',
    current_setting('orderlog.runtime_role'));
end $$;
