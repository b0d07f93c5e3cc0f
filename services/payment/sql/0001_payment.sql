-- One payment an order, as its events tell it. Final rows (declined, voided, refunded) are kept for ever: a second or a
-- late charge meets them.
create table payments (
  payment_id         uuid        not null primary key,
  order_id           uuid        not null unique,
  customer_id        text        not null,
  status             text        not null,
  -- Null: a tombstone, no charge had begun.
  currency           text,
  amount_minor       bigint      check (amount_minor >= 0),
  -- The provider's own ids of the charge and of the refund.
  provider_reference text,
  refund_reference   text,
  decline_code       text,
  message            text,
  -- orderlog.saga.v1.SagaContext, for the events to come.
  context            bytea       not null,
  created_at         timestamptz not null,
  updated_at         timestamptz not null,
  version            integer     not null check (version > 0),
  check ((currency is null) = (amount_minor is null))
);

do $$
begin
  execute format('grant select, insert, update on payments to %I', current_setting('orderlog.runtime_role'));
end $$;
