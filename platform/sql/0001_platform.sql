-- What every service has: its events for ever, the outbox that points at them, and the records that make every effect
-- happen once. Run by the owner role; the runtime role gets exactly what is granted at the end.

create table events (
  -- The aggregate: an order id, "item/<sku>", "reservation/<order id>", a payment id.
  stream_id    text        not null,
  version      integer     not null check (version > 0),
  -- Allocated after the aggregate's lock (CACHE 1): within an aggregate, position order is commit order.
  position     bigint      not null generated always as identity (cache 1),
  event_id     uuid        not null,
  -- Full name of the message, such as orderlog.order.v1.OrderCreated.
  type         text        not null,
  partition    smallint    not null check (partition between 0 and 255),
  time         timestamptz not null,
  cause_stream text,
  cause_id     uuid,
  traceparent  text,
  -- The very bytes that go into the log.
  payload      bytea       not null,
  primary key (stream_id, version)
);
-- Republishing reads all events in position order; appended in that order, so a block range index is enough.
create index events_position on events using brin (position) with (pages_per_range = 16);

create function events_are_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'events are append-only: % refused', tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger events_append_only before update or delete or truncate on events
  for each statement execute function events_are_append_only();

-- What the log lacks. Rows point at events; the relay deletes them once published.
create table outbox (
  id        bigint  not null primary key, -- events.position
  stream_id text    not null,
  version   integer not null
);

-- Where this service's stream stood when the relay last looked: the stream's identity and the log's position.
create table relay (
  stream         text        not null primary key,
  -- As the server tells it, to the nanosecond: a recreated stream has another.
  stream_created text        not null,
  -- Counts the stream's lives; a republished stream has the next one.
  stream_epoch   integer     not null,
  -- Every event up to this sequence is recorded here as published.
  position       bigint      not null,
  -- The sequence of each partition's last message; index 1 is partition 0.
  prev           bigint[]    not null check (array_length(prev, 1) = 256)
);

-- Who may act; by the database's clock. For liveness only: safety lies in what is compared and set.
create table leases (
  name       text        not null primary key,
  holder     text        not null,
  epoch      bigint      not null,
  expires_at timestamptz not null
);

-- The answer that a command got, for those who ask again.
create table requests (
  caller      text        not null,
  method      text        not null,
  request_id  uuid        not null,
  -- SHA-256 of the request's deterministic bytes.
  fingerprint bytea       not null,
  -- 0: response is the answer's bytes; else: response is a google.rpc.Status.
  code        smallint    not null,
  response    bytea       not null,
  time        timestamptz not null,
  primary key (caller, method, request_id)
);

-- How far a consumer's effects go in one contiguous range of partitions. Moves in the transaction of the effects.
create table checkpoints (
  consumer        text        not null,
  first_partition smallint    not null,
  last_partition  smallint    not null,
  stream          text        not null,
  sequence        bigint      not null,
  -- The event at that sequence: tells a stream that was truncated and grew again, and finds the place in the next epoch.
  last_event_id   uuid,
  stream_epoch    integer     not null,
  owner           text,
  owner_until     timestamptz,
  primary key (consumer, first_partition),
  check (first_partition between 0 and last_partition and last_partition <= 255)
);

-- Replicas that are alive, so that each knows its share.
create table members (
  consumer   text        not null,
  member     text        not null,
  expires_at timestamptz not null,
  primary key (consumer, member)
);

-- Aggregates whose events wait; the row that consumer and replay both lock.
create table parked_aggregates (
  consumer     text not null,
  stream       text not null,
  aggregate_id text not null,
  primary key (consumer, stream, aggregate_id)
);

create table parked_events (
  parked_id    uuid        not null primary key,
  consumer     text        not null,
  stream       text        not null,
  aggregate_id text        not null,
  sequence     bigint      not null,
  event_id     uuid,
  type         text        not null,
  headers      jsonb       not null,
  payload      bytea       not null,
  -- Null: it only waits behind another.
  error        text,
  attempts     integer     not null,
  parked_at    timestamptz not null,
  unique (consumer, stream, sequence),
  foreign key (consumer, stream, aggregate_id) references parked_aggregates
);
create index parked_events_aggregate on parked_events (consumer, stream, aggregate_id, sequence);

-- Calls to the outside, made by whoever leases them, outside any transaction.
create table tasks (
  task_id      uuid        not null primary key,
  kind         text        not null,
  payload      bytea       not null,
  due_at       timestamptz not null,
  attempts     integer     not null default 0,
  lease_holder text,
  leased_until timestamptz,
  created_at   timestamptz not null
);
create index tasks_due on tasks (due_at);

do $$
declare runtime text := current_setting('orderlog.runtime_role');
begin
  execute format('grant select, insert on events, requests to %I', runtime);
  execute format('grant select, insert, update, delete on outbox, relay, leases, checkpoints, members, '
    'parked_aggregates, parked_events, tasks to %I', runtime);
end $$;
