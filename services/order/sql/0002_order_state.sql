-- Who ordered and when: never changes, and is what lists are read by, whatever the store (ORDERLOG_ORDER_STORE).
-- Null in rows that were written before; the service fills them when it starts.
alter table orders
  add column customer_id text,
  add column created_at timestamptz;
create index orders_of_customer on orders (customer_id, created_at desc, order_id desc);
create index orders_by_time on orders (created_at desc, order_id desc);

-- The state itself, for the store `state`. It is that of the row only where state_version = version: a writer that keeps no
-- state (the store `events`) moves the version alone, and what stands here is then of the past.
alter table orders
  add column state_version integer,
  -- The shape of the bytes (services/order/stateBytes.ts); they are read only by code that writes the same.
  add column state_shape   smallint,
  add column status        text,
  -- JSON: convert_from(state, 'utf8'). Bytes, since texts in it may hold what PostgreSQL's text may not.
  add column state         bytea,
  add check (state_version is null or (state_shape is not null and status is not null and state is not null));

-- Each order's row is written a few times, and none of its changes touches an index: room to do so in place.
alter table orders set (fillfactor = 70);
