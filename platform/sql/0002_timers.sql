-- What is to happen at a time unless an event clears it first: set, cleared and fired in the transaction of the events.
create table timers (
  -- Derived from the aggregate, which is locked by whoever sets, clears or fires it.
  timer_id uuid        not null primary key,
  kind     text        not null,
  payload  bytea       not null,
  -- By the database's clock. Moves on when firing failed.
  due_at   timestamptz not null,
  -- How often firing failed.
  attempts integer     not null default 0
);
create index timers_due on timers (due_at);

do $$
begin
  execute format('grant select, insert, update, delete on timers to %I', current_setting('orderlog.runtime_role'));
end $$;
