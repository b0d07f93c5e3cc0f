-- Generations beside the live one, and who rebuilds (cli/rebuild/tables).
alter table generations
  -- Being filled, to become the live one.
  add column next               text,
  -- Was live, and is kept.
  add column previous           text,
  add column rebuild_lock       jsonb,
  -- Counts the writes of the lock: what its next writer compares.
  add column rebuild_lock_moves bigint not null default 0;
