-- Sums over the orders' states (contributions.ts). Days are UTC. Money is in minor units, and may exceed 64 bits in sum.

-- By the day of the sale, or of the refund.
create table daily_sales (
  day              date    not null,
  currency         text    not null,
  completed_orders bigint  not null,
  completed_minor  numeric not null,
  refunded_orders  bigint  not null,
  refunded_minor   numeric not null,
  primary key (day, currency)
) with (fillfactor = 70);

-- Sold less given back, by the day on which either happened. An item that was renamed has a row for each name.
create table sku_sales (
  day           date    not null,
  currency      text    not null,
  sku           text    not null,
  name          text    not null,
  quantity      bigint  not null,
  revenue_minor numeric not null,
  primary key (day, currency, sku, name)
) with (fillfactor = 70);

-- The rest is by the day on which an order was placed.

-- How many reached a step.
create table funnel (
  day    date   not null,
  step   text   not null,
  orders bigint not null,
  primary key (day, step)
) with (fillfactor = 70);

-- How many stand where; a number of OrderStatus.
create table statuses (
  day    date    not null,
  status integer not null,
  orders bigint  not null,
  primary key (day, status)
) with (fillfactor = 70);

-- How many ended without a sale, or gave it back, and why: a number of RejectionReason (of status REJECTED) or of
-- CancellationReason.
create table endings (
  day    date    not null,
  status integer not null,
  reason integer not null,
  orders bigint  not null,
  primary key (day, status, reason)
) with (fillfactor = 70);

-- How long a step took: a histogram (platform/histogram.ts).
create table step_times (
  day    date    not null,
  step   text    not null,
  bucket integer not null,
  orders bigint  not null,
  primary key (day, step, bucket)
) with (fillfactor = 70);
