-- Who is told when the job ends.
alter table jobs add column webhook_url text;

-- Sealed with the secret of the installation, which is not in this database. The one that does not expire is the newest;
-- those before it sign along until they do.
create table webhook_secrets (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references accounts (id) on delete cascade,
  sealed bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz
);
create unique index webhook_secrets_newest on webhook_secrets (account_id) where expires_at is null;
create index webhook_secrets_of_account on webhook_secrets (account_id);

-- Written in the transaction of what it tells. Its id is the message's, the same at every attempt.
create table webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  account_id uuid not null references accounts (id) on delete cascade,
  event text not null,
  url text not null,
  -- Of a job, which is told as it is when it is sent; else null, and `data` is what is told.
  job_id uuid references jobs (id) on delete cascade,
  data jsonb,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  -- Attempts since it was last asked for by hand: the schedule begins anew with them.
  tries integer not null default 0,
  next_try_at timestamptz default now(),
  -- While an attempt is under way. A sender that dies leaves it to run out.
  leased_until timestamptz,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  check ((job_id is null) <> (data is null)),
  check ((status = 'pending') = (ended_at is null)),
  check ((status = 'pending') = (next_try_at is not null))
);
create index webhook_deliveries_due on webhook_deliveries (next_try_at) where status = 'pending';
create index webhook_deliveries_under_way on webhook_deliveries (account_id) where leased_until is not null;
create index webhook_deliveries_of_account on webhook_deliveries (account_id, created_at desc, id desc);
create index webhook_deliveries_of_job on webhook_deliveries (job_id);
create index webhook_deliveries_by_age on webhook_deliveries (ended_at) where ended_at is not null;

create table webhook_attempts (
  delivery_id uuid not null references webhook_deliveries (id) on delete cascade,
  number integer not null,
  started_at timestamptz not null default clock_timestamp(),
  -- Null until it has ended, and for ever where its sender died.
  duration_ms integer,
  http_status integer,
  error text,
  primary key (delivery_id, number)
);
