-- Which tables of a projection are read: each generation of them lies in a schema of its own, and rebuilding makes another.
create table generations (
  projection text not null primary key,
  live       text not null
);

do $$
begin
  execute format('grant select on generations to %I', current_setting('orderlog.runtime_role'));
end $$;
