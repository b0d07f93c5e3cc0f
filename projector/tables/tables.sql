-- What every generation of a projection has beside its sums (generation.ts), in a schema of its own.

-- Up to where the log is in these tables: one row, which moves in the transaction of the effects.
create table checkpoint (
  is_only       boolean     not null primary key default true check (is_only),
  -- What these tables hold: a hash of their definition and of the fold's version.
  shape         text        not null,
  -- Tells these tables from others that were made in their place.
  generation    uuid        not null default gen_random_uuid(),
  -- Counts the writes to this row: what its next writer compares.
  moves         bigint      not null default 0,
  -- Set: these tables are to be written no more.
  is_retired    boolean     not null default false,
  sequence      bigint      not null default 0,
  last_event_id uuid,
  -- Null: the log was never read.
  stream_epoch  integer,
  writer        text        not null default '',
  time          timestamptz not null default now()
) with (fillfactor = 50);

-- The fold of each aggregate's events.
create table states (
  stream_id text    not null collate "C" primary key,
  version   integer not null check (version > 0),
  -- Of the last message that changed it.
  sequence  bigint  not null,
  state     jsonb   not null
) with (fillfactor = 70);

-- Aggregates whose state stays behind what the log says of them.
create table parked (
  stream_id text    not null collate "C" primary key,
  version   integer not null,
  sequence  bigint  not null,
  reason    text    not null
);
