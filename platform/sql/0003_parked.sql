-- Parked events are taken up again in the order in which they were read: a republished stream counts from its own
-- beginning, and what was parked before its new epoch was read before.
alter table parked_events
  add column stream_epoch integer not null generated always as ((headers->>'epoch')::integer) stored,
  drop constraint parked_events_consumer_stream_sequence_key,
  add unique (consumer, stream, stream_epoch, sequence);
drop index parked_events_aggregate;
create index parked_events_aggregate on parked_events (consumer, stream, aggregate_id, stream_epoch, sequence);

-- What was given up: for ever, with who and why, and all that is needed to do it after all.
create table parked_discards (
  parked_id    uuid        not null primary key,
  consumer     text        not null,
  stream       text        not null,
  aggregate_id text        not null,
  sequence     bigint      not null,
  event_id     uuid        not null,
  type         text        not null,
  headers      jsonb       not null,
  payload      bytea       not null,
  error        text,
  attempts     integer     not null,
  parked_at    timestamptz not null,
  reason       text        not null,
  operator_id  text        not null,
  discarded_at timestamptz not null
);
create trigger parked_discards_append_only before update or delete or truncate on parked_discards
  for each statement execute function events_are_append_only();

do $$
begin
  execute format('grant select, insert on parked_discards to %I', current_setting('orderlog.runtime_role'));
end $$;
