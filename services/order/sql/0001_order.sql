-- An order's state is the fold of its events; this row is what its writers lock.
create table orders (
  order_id uuid    not null primary key,
  version  integer not null check (version > 0)
);

do $$
begin
  execute format('grant select, insert, update on orders to %I', current_setting('orderlog.runtime_role'));
end $$;
