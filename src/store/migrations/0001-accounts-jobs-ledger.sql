create table accounts (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  plan text not null,
  monthly_removals integer check (monthly_removals >= 0),
  requests_per_second integer check (requests_per_second >= 1),
  max_file_size bigint check (max_file_size >= 1),
  created_at timestamptz not null default now()
);

-- The key itself is never stored: its SHA-256 finds it, its masked form shows it.
create table api_keys (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references accounts (id) on delete cascade,
  kind text not null check (kind in ('live', 'test')),
  hash bytea not null unique check (length(hash) = 32),
  masked text not null,
  monthly_removals integer check (monthly_removals >= 0),
  requests_per_second integer check (requests_per_second >= 1),
  max_file_size bigint check (max_file_size >= 1),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_of_account on api_keys (account_id);

-- Unlogged: a bucket is worth one second, so a crash may forget it, and its writes need no disk.
-- A scope is an account, or a key that has a narrower limit of its own.
create unlogged table rate_buckets (
  scope_id uuid primary key,
  tokens double precision not null,
  updated_at_ms double precision not null
);

-- used + reserved against the limit is the whole quota; the ledger below is its proof.
create table usage_periods (
  scope_id uuid not null,
  period date not null,
  used integer not null default 0 check (used >= 0),
  reserved integer not null default 0 check (reserved >= 0),
  primary key (scope_id, period)
);

create table jobs (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  key_id uuid not null references api_keys (id) on delete cascade,
  status text not null default 'processing' check (status in ('processing', 'completed', 'failed')),
  plan text not null,
  priority integer not null,
  options jsonb not null,
  is_test boolean not null,
  -- The scopes that hold a reservation for it, and the month it is charged to.
  scopes uuid[] not null,
  period date not null,
  result_name text not null unique,
  attempt integer not null default 0,
  report jsonb,
  error_code text,
  error_message text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  completed_at timestamptz,
  expires_at timestamptz,
  is_upload_deleted boolean not null default false,
  is_result_deleted boolean not null default false,
  check ((status = 'processing') = (completed_at is null)),
  check (completed_at >= created_at),
  check ((status = 'failed') = (error_code is not null))
);
create index jobs_of_account on jobs (account_id, created_at desc);
create index jobs_waiting on jobs (priority desc, created_at) where status = 'processing';
create index jobs_with_upload on jobs (completed_at) where status <> 'processing' and not is_upload_deleted;
create index jobs_with_result on jobs (expires_at) where status <> 'processing' and not is_result_deleted;

create table ledger (
  seq bigint generated always as identity primary key,
  account_id uuid not null,
  job_id uuid not null,
  period date not null,
  entry text not null check (entry in ('reserve', 'charge', 'release')),
  created_at timestamptz not null default now()
);
create index ledger_of_account on ledger (account_id, period);
-- A job reserves once, and ends in one charge or one release: the database itself refuses a second.
create unique index ledger_one_reserve on ledger (job_id) where entry = 'reserve';
create unique index ledger_one_end on ledger (job_id) where entry <> 'reserve';

create function refuse_ledger_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only';
end $$;
create trigger ledger_is_append_only before update or delete on ledger
  for each row execute function refuse_ledger_change();
create trigger ledger_is_not_emptied before truncate on ledger
  for each statement execute function refuse_ledger_change();
