-- What it takes to make the database again from the log, and the log again from the database.

-- The request that caused the event (requests.ts), as it stands in the log; null where no caller did.
alter table events add column request text;

-- Requests that were answered in a history that the database has lost, found again in the log: they are not done twice.
create table recovered_requests (
  -- SHA-256 of caller, method and request id; SHA-256 of the request's bytes. Both in base64url.
  request_key text not null primary key,
  fingerprint text not null
);

-- The highest position that is recorded as published.
alter table relay add column last_id bigint not null default 0;
update relay set last_id = (
  select coalesce(max(position), 0) from events where position not in (select id from outbox));

-- Events whose transaction committed after one of a higher position was published. The log has them in this order and not
-- in that of positions, and whoever read it was told where he stands by that order.
create table late_events (
  stream_id text    not null,
  version   integer not null,
  position  bigint  not null,
  -- The highest position that was published before it.
  after     bigint  not null,
  turn      bigint  not null generated always as identity (cache 1),
  primary key (stream_id, version)
);
create index late_events_after on late_events (after, turn);

-- The log is being made again: how, fixed before the old stream is given up, so that it can be gone on with after a crash.
create table republications (
  stream         text    not null primary key,
  -- Of the new stream.
  stream_epoch   integer not null,
  first_sequence bigint  not null,
  -- Everything recorded as published goes there again: the events up to this position that are not in the outbox.
  last_id        bigint  not null,
  events         bigint  not null
);

do $$
declare runtime text := current_setting('orderlog.runtime_role');
begin
  execute format('grant select, insert, update, delete on recovered_requests, late_events, republications to %I', runtime);
end $$;
