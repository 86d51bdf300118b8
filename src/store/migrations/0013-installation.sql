-- What tells this installation from every other: its storage bears the id from `marked_at` on, and is known by it.
create table installation (
  is_only_row boolean primary key default true check (is_only_row),
  id uuid not null default gen_random_uuid(),
  marked_at timestamptz
);
insert into installation default values;
